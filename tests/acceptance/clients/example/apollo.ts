import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { RetryLink } from "@apollo/client/link/retry";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { type Change, CHANGES, fetchWithToken, type Leads, LIST, url } from "./api.js";
import { sockets } from "./sockets.js";

const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(sockets),
    // Queries alone are sent again by themselves; a mutation needs an `idempotencyKey` for that.
    ApolloLink.from([
      new RetryLink({ attempts: (_, { operationType }) => operationType === OperationTypeNode.QUERY }),
      new HttpLink({ uri: url, fetch: fetchWithToken }),
    ]),
  ),
});

export async function follow(onList: (list: Leads) => void, onChange: (change: Change) => void): Promise<void> {
  const { data } = await client.query<Leads>({ query: gql(LIST), fetchPolicy: "network-only" });
  onList(data!);
  const changes = client.subscribe<{ leadChanged: Change }>({
    query: gql(CHANGES),
    variables: { after: data!.leads.eventCursor },
  });
  await new Promise<void>((resolve, reject) =>
    changes.subscribe({
      next: ({ data, error }) => (error ? reject(error) : onChange(data!.leadChanged)),
      error: reject,
      complete: resolve,
    }),
  );
}
