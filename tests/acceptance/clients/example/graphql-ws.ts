import { type Change, CHANGES, type Leads, LIST } from "./api.js";
import { sockets } from "./sockets.js";

export async function follow(onList: (list: Leads) => void, onChange: (change: Change) => void): Promise<void> {
  const { value } = await sockets.iterate<Leads>({ query: LIST }).next();
  onList(value.data);
  await new Promise<void>((resolve, reject) =>
    sockets.subscribe<{ leadChanged: Change }>(
      { query: CHANGES, variables: { after: value.data.leads.eventCursor } },
      { next: ({ data }) => onChange(data!.leadChanged), error: reject, complete: resolve },
    ),
  );
}
