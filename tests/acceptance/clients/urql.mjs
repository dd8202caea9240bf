import { cacheExchange, Client, fetchExchange, gql, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { failed, headers, pulled, socketUrl, tell, url } from "./story.mjs";

const sockets = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: headers });
const client = new Client({
  url,
  preferGetMethod: false, // else GET, which needs a header here that no other site can send
  fetchOptions: { headers },
  exchanges: [
    cacheExchange,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ query, variables }, sink) }),
      }),
    }),
  ],
});

const understood = (error) => (error.graphQLErrors.length ? failed(error.graphQLErrors[0]) : error);

async function ask(text, variables) {
  const isMutation = text.startsWith("mutation");
  const { data, error } = await client[isMutation ? "mutation" : "query"](gql(text), variables).toPromise();
  if (error) throw understood(error);
  return data;
}

function stream(text, variables) {
  return pulled((sink) => {
    const { unsubscribe } = client.subscription(gql(text), variables).subscribe(({ data, error }) => {
      if (error) sink.error(understood(error));
      else if (data) sink.next(data);
    });
    return unsubscribe;
  });
}

await tell({ ask, stream, close: () => sockets.dispose() });
