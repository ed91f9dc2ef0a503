/** Where tokens are kept. Implemented in postgres/api-tokens.ts. */
import type { Scope } from "./scopes.ts";

export interface TokenRecord {
  id: string;
  /** Unique among those that are not revoked. */
  name: string;
  prefix: string;
  scopes: Scope[];
  createdAt: Date;
  /** Null: never. */
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** To within a minute. */
  lastUsedAt: Date | null;
}

export interface LiveToken {
  id: string;
  name: string;
  sha256: Buffer;
  scopes: Scope[];
}

export interface TokenBook {
  /** @throws AppError `token_exists` */
  create(token: {
    name: string;
    prefix: string;
    sha256: Buffer;
    scopes: Scope[];
    expiresAt: Date | null;
  }): Promise<TokenRecord>;
  /** All, revoked ones too, oldest first. */
  list(): Promise<TokenRecord[]>;
  /** At once and for good. @throws AppError `token_missing` */
  revoke(name: string): Promise<TokenRecord>;
  /** Neither revoked nor expired, by the database's clock; else null. */
  find(prefix: string): Promise<LiveToken | null>;
  used(id: string): Promise<void>;
}
