import { createClient } from "graphql-sse";
import { dataOf, headers, tell, url } from "./story.mjs";

const client = createClient({ url, headers });

async function* stream(query, variables) {
  for await (const result of client.iterate({ query, variables })) yield dataOf(result);
}

await tell({ stream, ask: async (query, variables) => (await stream(query, variables).next()).value, close: () => client.dispose() });
