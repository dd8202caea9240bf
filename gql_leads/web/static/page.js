"use strict";

const EXAMPLE = `# Paste a token above, then press Ctrl-Enter.
query NewestLeads {
  viewer {
    member { name email }
    partner { name }
    roles
  }
  leads(first: 10) {
    totalCount
    eventCursor
    nodes {
      id
      reference
      type
      stage
      status
      company
      country
      quality
      contact { firstName lastName email emailValidity }
      listing { name }
    }
  }
}

# Leave this one running, and change a lead in another tab.
subscription Changes {
  leadChanged {
    cursor
    occurredAt
    presence
    kind
    lead { reference stage status version }
  }
}
`;

const endpoint = document.body.dataset.endpoint;
const token = document.getElementById("token");
token.value = sessionStorage.getItem("token") ?? "";
token.addEventListener("input", () => sessionStorage.setItem("token", bearer()));

/** The token alone, whether it was pasted with or without the word before it. */
function bearer() {
  return token.value.trim().replace(/^bearer\s+/i, "");
}

function authorization() {
  return bearer() ? { Authorization: `Bearer ${bearer()}` } : {};
}

const sockets = graphqlWs.createClient({
  url: new URL(endpoint, location.href).href.replace(/^http/, "ws"),
  connectionParams: authorization,
  retryAttempts: 0,
});

const fetcher = GraphiQL.createFetcher({
  url: endpoint,
  fetch: (url, request) => fetch(url, { ...request, headers: { ...authorization(), ...request.headers } }),
  wsClient: sockets,
});

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, { fetcher, defaultQuery: EXAMPLE, shouldPersistHeaders: false }),
);
