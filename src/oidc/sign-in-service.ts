/** Another's sign-in service, spoken to by OpenID Connect: code flow with PKCE, state and nonce; id tokens are checked. */
import * as client from "openid-client";
import { sameEmail } from "#access/account.ts";
import type { Identity, SignInService } from "#access/door-ports.ts";
import type { Clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";

export interface SignInServiceOptions {
  issuer: string;
  clientId: string;
  clientSecret: string | null;
  /** Where it sends the browser back to; registered there. */
  redirectUri: string;
  /** Keep what the browser carries between the two ends from being read or changed. */
  seal(text: string): Buffer;
  /** Throws where it is not ours. */
  unseal(bytes: Buffer): string;
  clock: Clock;
}

const answersWithinSeconds = 10;
/** From here to there and back, with typing a password on the way. */
const goodForMs = 10 * 60_000;

interface Proof {
  state: string;
  nonce: string;
  verifier: string;
  until: number;
}

/** Nothing is asked of the service before somebody signs in; then its addresses are kept. */
export function createSignInService(options: SignInServiceOptions): SignInService {
  let found: Promise<client.Configuration> | null = null;
  const discovered = (): Promise<client.Configuration> => {
    found ??= discover(options).catch((thrown) => {
      found = null;
      throw away(thrown);
    });
    return found;
  };
  return {
    begin: async () => begin(await discovered(), options),
    finish: async (back, carried) => {
      const proof = readProof(carried, options);
      if (!proof) return { kind: "stale" };
      const service = await discovered();
      try {
        return { kind: "known", identity: await identityOf(service, back, proof) };
      } catch (thrown) {
        // The person said no there, or was told no; all else is a service that does not keep to its word.
        if (thrown instanceof client.AuthorizationResponseError) return { kind: "denied" };
        throw away(thrown);
      }
    },
  };
}

function discover({ issuer, clientId, clientSecret }: SignInServiceOptions): Promise<client.Configuration> {
  const url = new URL(issuer);
  const auth = clientSecret === null ? client.None() : client.ClientSecretBasic(clientSecret);
  return client.discovery(url, clientId, clientSecret ?? undefined, auth, {
    timeout: answersWithinSeconds,
    // Settings let http through on this machine only.
    execute: url.protocol === "http:" ? [client.allowInsecureRequests] : [],
  });
}

async function begin(service: client.Configuration, { redirectUri, seal, clock }: SignInServiceOptions) {
  const verifier = client.randomPKCECodeVerifier();
  const proof: Proof = {
    ...{ verifier, state: client.randomState(), nonce: client.randomNonce() },
    until: clock.now().getTime() + goodForMs,
  };
  const url = client.buildAuthorizationUrl(service, {
    ...{ redirect_uri: redirectUri, scope: "openid email profile", state: proof.state, nonce: proof.nonce },
    ...{ code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" },
  });
  return { url: url.href, proof: seal(JSON.stringify(proof)).toString("base64url") };
}

function readProof(carried: string, { unseal, clock }: SignInServiceOptions): Proof | null {
  try {
    const proof = JSON.parse(unseal(Buffer.from(carried, "base64url"))) as Proof;
    return proof.until > clock.now().getTime() ? proof : null;
  } catch {
    return null;
  }
}

async function identityOf(service: client.Configuration, back: URL, proof: Proof): Promise<Identity> {
  const tokens = await client.authorizationCodeGrant(service, back, {
    ...{ pkceCodeVerifier: proof.verifier, expectedState: proof.state, expectedNonce: proof.nonce },
    idTokenExpected: true,
  });
  const token = tokens.claims()!;
  // Some put the address into the token, others hand it out when asked.
  const claims =
    token.email === undefined && service.serverMetadata().userinfo_endpoint
      ? await client.fetchUserInfo(service, tokens.access_token, token.sub)
      : token;
  const isVerified = claims.email_verified === true && typeof claims.email === "string";
  return {
    issuer: token.iss,
    subject: token.sub,
    email: isVerified ? sameEmail(String(claims.email)) : null,
  };
}

/** Its words may hold codes and tokens: what is kept of them is the kind of fault. */
function away(thrown: unknown): AppError {
  const code = (thrown as { code?: string }).code ?? (thrown instanceof Error ? thrown.name : "unknown");
  const text = `The sign-in service did not answer as it should (${code}); see HEARBACK_OIDC_ISSUER.`;
  return new AppError("oidc_failed", text, { because: code, what: messageOf(thrown).slice(0, 100) });
}
