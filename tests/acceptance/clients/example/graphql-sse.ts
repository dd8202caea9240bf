import { createClient } from "graphql-sse";
import { type Change, CHANGES, fetchWithToken, type Leads, LIST, pause, url } from "./api.js";

const client = createClient({ url, fetchFn: fetchWithToken, retryAttempts: Infinity, retry: pause });

export async function follow(onList: (list: Leads) => void, onChange: (change: Change) => void): Promise<void> {
  const { value } = await client.iterate<Leads>({ query: LIST }).next();
  onList(value.data);
  const variables = { after: value.data.leads.eventCursor };
  for await (const { data, errors } of client.iterate<{ leadChanged: Change }>({ query: CHANGES, variables })) {
    if (errors) throw errors;
    onChange(data!.leadChanged);
    variables.after = data!.leadChanged.cursor; // the variables are sent again with each connection
  }
}
