/** A browser without scripts, over HTTP: keeps cookies, fills in the form of the page that it is on. */
export interface PageWalk {
  /** The last page. */
  text: string;
  url: string;
  get(path: string): Promise<string>;
  /** Sends the form of the last page whose action is this one (none: to the page itself), and follows where it leads. */
  send(action: string | null, fields: Record<string, string>): Promise<string>;
}

export function pageWalk(origin: string, headers: Record<string, string> = {}): PageWalk {
  const cookies = new Map<string, string>();
  const walk: PageWalk = { text: "", url: "", get: (path) => go(path, "GET"), send };

  async function send(action: string | null, fields: Record<string, string>): Promise<string> {
    const forms = walk.text.match(/<form[\s\S]*?<\/form>/g) ?? [];
    const form = forms.find((one) => (/action="([^"]*)"/.exec(one)?.[1] ?? null) === action);
    if (!form) throw new Error(`${walk.url} has no form for ${action}`);
    const hidden = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const body = new URLSearchParams({
      ...Object.fromEntries(hidden.map(([, name, value]) => [name!, value!])),
      ...fields,
    });
    return go(action ?? walk.url, "POST", body);
  }

  async function go(path: string, method: string, body?: URLSearchParams): Promise<string> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(new URL(path, origin), {
      ...{ method, redirect: "manual", headers: { ...headers, cookie } },
      ...(body ? { body } : {}),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
      if (value === "") cookies.delete(name!);
      else cookies.set(name!, value!);
    }
    const location = answer.headers.get("location");
    if (location) return go(location, "GET");
    walk.url = path;
    walk.text = await answer.text();
    return walk.text;
  }
  return walk;
}
