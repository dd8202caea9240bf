// What every client is asked to do. An adapter brings `ask` and, where it can subscribe, `stream`; what fails in them has a `code`.

const CHANGED = `subscription ($after: EventCursor) { leadChanged(after: $after) { cursor kind leadId lead { status } } }`;
const CREATE = `mutation ($input: CreateLeadInput!) { createLead(input: $input) { lead { id } errors { message } } }`;
const UPDATE = `mutation ($input: UpdateLeadStatusInput!) { updateLeadStatus(input: $input) { lead { id status } errors { message } } }`;
const LISTED = `query ($first: Int) { leads(first: $first) { totalCount eventCursor nodes { id } } }`;

export const url = process.env.GRAPHQL_URL;
export const socketUrl = url.replace(/^http/, "ws");
export const headers = { Authorization: `Bearer ${process.env.TOKEN}` };

/** Go through the story, and print what was seen. */
export async function tell({ ask, stream, close = () => {} }) {
  const seen = {};
  const { leads } = await ask(LISTED, { first: 1 });
  const made = await ask(CREATE, { input: { contact: { lastName: "Bosu" } } });
  const leadId = made.createLead.lead.id;
  seen.code = await codeOf(ask(LISTED, { first: -1 }));
  if (stream) {
    const live = stream(CHANGED, { after: leads.eventCursor });
    const first = (await live.next()).value.leadChanged;
    await ask(UPDATE, { input: { leadId, status: "CONTACTED" } });
    const second = (await live.next()).value.leadChanged;
    await live.return();
    const resumed = stream(CHANGED, { after: first.cursor });
    const again = (await resumed.next()).value.leadChanged;
    await resumed.return();
    seen.live = [first.kind, second.kind];
    seen.resumed = [again.kind, again.lead.status, again.cursor === second.cursor];
    seen.isOurs = [first, second, again].every((alert) => alert.leadId === leadId);
    seen.streamCode = await codeOf(stream(CHANGED, { after: "made up" }).next());
  }
  console.log(JSON.stringify(seen));
  await close();
}

async function codeOf(promise) {
  try {
    await promise;
  } catch (error) {
    return error.code;
  }
  return "nothing failed";
}

/** The data of a result, or its first error thrown. */
export function dataOf({ data, errors }) {
  if (errors?.length) throw failed(errors[0]);
  return data;
}

/** An error with the code of a GraphQL error. */
export function failed(error) {
  return Object.assign(new Error(error.message), { code: error.extensions?.code });
}

/** What is pushed into a sink, to be pulled: `subscribe` gets the sink and returns how to leave. */
export function pulled(subscribe) {
  const waiting = [];
  let wake = () => {};
  const push = (item) => {
    waiting.push(item);
    wake();
  };
  const leave = subscribe({ next: (value) => push({ value }), error: (error) => push({ error }), complete: () => push({ done: true }) });
  return (async function* () {
    try {
      for (;;) {
        while (!waiting.length) await new Promise((resolve) => (wake = resolve));
        const { value, error, done } = waiting.shift();
        if (error) throw error;
        if (done) return;
        yield value;
      }
    } finally {
      leave();
    }
  })();
}
