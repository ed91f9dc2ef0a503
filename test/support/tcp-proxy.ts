export * from "#rehearsal/tcp-proxy.ts";
