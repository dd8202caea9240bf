import { EventSource } from "eventsource"; // the browser's own sends no headers, so it cannot bring a token
import { type Change, CHANGES, fetchWithToken, type Leads, LIST, pause, url } from "./api.js";

const get: typeof fetchWithToken = (input, init) =>
  fetchWithToken(input, { ...init, headers: { ...(init?.headers as object), "GraphQL-Require-Preflight": "1" } });

export async function follow(onList: (list: Leads) => void, onChange: (change: Change) => void): Promise<void> {
  const post = { method: "POST", body: JSON.stringify({ query: LIST }), headers: { "Content-Type": "application/json" } };
  const { data } = (await (await fetchWithToken(url, post)).json()) as { data: Leads };
  onList(data);
  let after = data.leads.eventCursor;
  for (let attempt = 0; ; attempt++) {
    const search = new URLSearchParams({ query: CHANGES, variables: JSON.stringify({ after }) });
    const source = new EventSource(`${url}?${search}`, { fetch: get });
    await new Promise<void>((resolve, reject) => {
      source.addEventListener("next", (event) => {
        const { data, errors } = JSON.parse(event.data) as { data: { leadChanged: Change }; errors?: unknown };
        if (errors) return reject(errors);
        onChange(data.leadChanged);
        after = data.leadChanged.cursor;
        attempt = 0;
      });
      // After a cut it reconnects by itself, with the last cursor in `Last-Event-ID`; after an answer such as 503 it is closed.
      source.addEventListener("error", () => source.readyState === EventSource.CLOSED && resolve());
    }).finally(() => source.close());
    await pause(attempt);
  }
}
