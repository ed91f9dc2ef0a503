/** An audio file of prompts/<language>/, by its name without extension: `^[a-z0-9-]{1,64}$`. */
export type PromptId = string;
