import { ClientError, GraphQLClient } from "graphql-request";
import { failed, headers, tell, url } from "./story.mjs";

const client = new GraphQLClient(url, { headers });

async function ask(query, variables) {
  try {
    return await client.request(query, variables);
  } catch (error) {
    throw error instanceof ClientError ? failed(error.response.errors[0]) : error;
  }
}

await tell({ ask });
