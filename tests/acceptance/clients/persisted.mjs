// Apollo and urql with automatic persisted queries: what each request sent, and that the answer came in the end.

import { createHash } from "node:crypto";
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { headers, url } from "./story.mjs";

const QUERY = "query Total { leads(first: 0) { totalCount } }";
const isTotal = ({ leads }) => leads.totalCount >= 0;

function recording() {
  const sent = [];
  return {
    sent,
    fetch: (input, init) => {
      const { query, extensions } = JSON.parse(init.body);
      sent.push(query ? "text" : extensions?.persistedQuery?.sha256Hash ? "hash" : "nothing");
      return fetch(input, init);
    },
  };
}

const apollo = recording();
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: new PersistedQueryLink({ sha256 }).concat(new HttpLink({ uri: url, headers, fetch: apollo.fetch })),
});
const { data } = await client.query({ query: gql(QUERY) });

const urql = recording();
const other = new Client({
  url,
  fetch: urql.fetch,
  fetchOptions: { headers },
  exchanges: [persistedExchange({ preferGetForPersistedQueries: false }), fetchExchange],
});
const answered = await other.query(QUERY, {}).toPromise();

console.log(JSON.stringify({ apollo: [...apollo.sent, isTotal(data)], urql: [...urql.sent, isTotal(answered.data)] }));
