// What all examples share: the two documents, their types, and requests with a valid token.

export const LIST = `query { leads(first: 50) { totalCount eventCursor nodes { id status } } }`;
export const CHANGES = `subscription ($after: EventCursor) {
  leadChanged(after: $after) { cursor presence kind leadId lead { id status company } }
}`;

export interface Leads {
  leads: { totalCount: number; eventCursor: string; nodes: { id: string; status: string }[] };
}
export interface Change {
  cursor: string;
  presence: "ENTERED" | "CHANGED" | "LEFT";
  kind: string;
  leadId: string;
  lead: { id: string; status: string; company: string | null } | null;
}

export const url = process.env.GRAPHQL_URL!;

/** Return a token that is valid now: from your session, or from your identity provider when the last one expires. */
export async function token(): Promise<string> {
  const response = await fetch(process.env.TOKEN_URL!);
  return response.text();
}

/** `fetch` with that token. */
export const fetchWithToken: typeof fetch = async (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set("Authorization", `Bearer ${await token()}`);
  return fetch(input, { ...init, headers });
};

/** Wait before attempt 1, 2, 3 …: a quarter of a second, then twice as long each time, at most 30 s; not all clients at once. */
export const pause = (attempt: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, Math.min(30_000, 250 * 2 ** attempt) * (0.5 + Math.random() / 2)));
