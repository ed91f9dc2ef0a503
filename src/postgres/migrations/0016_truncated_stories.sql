-- Looked for each minute: a story of which a part is missing is told to people.
create index story_truncated on story (updated_at) where truncated;
