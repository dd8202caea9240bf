// graphql-ws with the default rules for reconnecting: prints each close code, and the first result.

import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { headers, socketUrl } from "./story.mjs";

const client = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  connectionParams: headers,
  retryAttempts: 1_000,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 200)),
});
client.on("closed", ({ code }) => console.log(`closed ${code}`));
const { value } = await client.iterate({ query: "{ leads(first: 0) { totalCount } }" }).next();
console.log(`answered ${value.data.leads.totalCount >= 0}`);
await client.dispose();
