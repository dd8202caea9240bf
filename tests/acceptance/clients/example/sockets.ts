// A graphql-ws client that reconnects, brings a new token, and resumes.

import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws"; // in Node before 22; browsers have their own
import { type Change, pause, token, url } from "./api.js";

export const sockets = resuming(
  createClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ Authorization: `Bearer ${await token()}` }), // called for each connection
    retryAttempts: Infinity,
    retryWait: pause,
    shouldRetry: () => true, // after network errors too, which end the subscription otherwise
  }),
);

/** Return the client with subscriptions that go on after the last event. By itself it sends the first variables again. */
function resuming(client: Client): Client {
  return {
    ...client,
    subscribe(payload, sink) {
      const variables: Record<string, unknown> = { ...payload.variables };
      return client.subscribe({ ...payload, variables }, {
        next(result) {
          sink.next(result as never);
          const [event] = Object.values((result.data ?? {}) as Record<string, Change>);
          if (event) variables.after = event.cursor;
        },
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      });
    },
  };
}
