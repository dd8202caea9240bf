import { cacheExchange, Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { type Change, CHANGES, fetchWithToken, type Leads, LIST, pause, url } from "./api.js";
import { sockets } from "./sockets.js";

const client = new Client({
  url,
  preferGetMethod: false,
  fetch: fetchWithToken,
  exchanges: [
    cacheExchange,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ query: query!, variables }, sink) }),
      }),
    }),
  ],
});

export async function follow(onList: (list: Leads) => void, onChange: (change: Change) => void): Promise<void> {
  const list = () => client.query<Leads>(LIST, {}, { requestPolicy: "network-only" }).toPromise();
  let listed = await list();
  for (let attempt = 0; listed.error?.networkError; attempt++) {
    await pause(attempt);
    listed = await list();
  }
  if (listed.error) throw listed.error;
  onList(listed.data!);
  const changes = client.subscription<{ leadChanged: Change }>(CHANGES, { after: listed.data!.leads.eventCursor });
  await new Promise<void>((_, reject) =>
    changes.subscribe(({ data, error }) => (error ? reject(error) : onChange(data!.leadChanged))),
  );
}
