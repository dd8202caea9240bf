import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { dataOf, failed, headers, socketUrl, tell } from "./story.mjs";

const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: headers });

async function* stream(query, variables) {
  try {
    for await (const result of client.iterate({ query, variables })) yield dataOf(result);
  } catch (error) {
    throw Array.isArray(error) ? failed(error[0]) : error;
  }
}

await tell({ stream, ask: async (query, variables) => (await stream(query, variables).next()).value, close: () => client.dispose() });
