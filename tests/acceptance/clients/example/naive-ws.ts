// Not to be copied: graphql-ws as its first page shows it. RESUME=first doubles events after a cut, RESUME=never loses them.

import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { type Change, CHANGES, type Leads, LIST, pause, token, url } from "./api.js";

const client = createClient({
  url: url.replace(/^http/, "ws"),
  webSocketImpl: WebSocket,
  connectionParams: async () => ({ Authorization: `Bearer ${await token()}` }),
  retryAttempts: Infinity,
  retryWait: pause,
  shouldRetry: () => true,
});

export async function follow(onList: (list: Leads) => void, onChange: (change: Change) => void): Promise<void> {
  const { value } = await client.iterate<Leads>({ query: LIST }).next();
  onList(value.data);
  const variables = process.env.RESUME === "first" ? { after: value.data.leads.eventCursor } : {};
  for await (const { data } of client.iterate<{ leadChanged: Change }>({ query: CHANGES, variables })) onChange(data!.leadChanged);
}
