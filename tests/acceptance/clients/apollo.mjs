import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import { OperationTypeNode } from "graphql";
import WebSocket from "ws";
import { failed, headers, pulled, socketUrl, tell, url } from "./story.mjs";

globalThis.WebSocket ??= WebSocket; // Apollo asks for it, and Node before 22 has none
const sockets = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: headers });
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(sockets),
    new HttpLink({ uri: url, headers }),
  ),
});

const understood = (error) => (CombinedGraphQLErrors.is(error) ? failed(error.errors[0]) : error);

async function ask(text, variables) {
  const document = gql(text);
  const isMutation = document.definitions[0].operation === "mutation";
  try {
    const { data } = isMutation
      ? await client.mutate({ mutation: document, variables })
      : await client.query({ query: document, variables, fetchPolicy: "network-only" });
    return data;
  } catch (error) {
    throw understood(error);
  }
}

function stream(text, variables) {
  return pulled((sink) => {
    const subscription = client.subscribe({ query: gql(text), variables }).subscribe({
      next: ({ data, error }) => (error ? sink.error(understood(error)) : sink.next(data)),
      error: (error) => sink.error(understood(error)),
      complete: sink.complete,
    });
    return () => subscription.unsubscribe();
  });
}

await tell({ ask, stream, close: () => sockets.dispose() });
