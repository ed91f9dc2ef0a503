/** Where tokens are kept. Implemented in postgres/api-tokens.ts. */
import type { Account } from "./account.ts";
import type { AuditWho } from "./audit.ts";
import type { Grant } from "./rights.ts";
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

/** Where accounts are kept. Implemented in postgres/accounts.ts. Whatever changes what one may do ends its sessions. */
export interface AccountBook {
  /** @throws AppError `account_exists` */
  add(account: NewAccount, by: AuditWho): Promise<Account>;
  /** All, oldest first. */
  list(options: { ended: boolean }): Promise<Account[]>;
  /** By an address in small letters, or an id; one that has ended is found by its id only. */
  find(who: { email: string } | { id: string }): Promise<Account | null>;
  /** @throws AppError `account_missing`, `grant_exists` */
  grant(userId: string, grant: Grant, by: AuditWho): Promise<void>;
  /** @throws AppError `grant_missing` */
  revoke(userId: string, grant: Grant, by: AuditWho): Promise<void>;
  /** A new link in place of an earlier one. @throws AppError `account_missing`; `account_set_up` where it has a password */
  invite(userId: string, link: LinkHash, by: AuditWho): Promise<void>;
  /** Password, second factor and identity are forgotten at once, and a link is made. @throws AppError `account_missing` */
  reset(userId: string, link: LinkHash, by: AuditWho): Promise<void>;
  /** For good. @throws AppError `account_missing` */
  end(userId: string, by: AuditWho): Promise<void>;
  /** A link that signs in by itself. @throws AppError `account_missing`; `not_a_rehearsal` */
  makeSignInLink(userId: string, link: LinkHash): Promise<void>;
}

export interface LinkHash {
  sha256: Buffer;
  expiresAt: Date;
}

export interface NewAccount {
  email: string;
  name: string;
  grants: readonly Grant[];
  invitation: LinkHash;
}
