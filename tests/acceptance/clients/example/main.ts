// Run one example: print the list and each change as a line of JSON, until a lead of the company "END" enters.

import { argv, exit } from "node:process";
import type { Change, Leads } from "./api.js";

const { follow } = (await import(`./${argv[2]}.js`)) as {
  follow: (onList: (list: Leads) => void, onChange: (change: Change) => void) => Promise<void>;
};

await follow(
  ({ leads }) => console.log(JSON.stringify({ total: leads.totalCount, cursor: leads.eventCursor })),
  (change) => {
    console.log(JSON.stringify({ cursor: change.cursor, presence: change.presence, leadId: change.leadId }));
    if (change.lead?.company === "END") exit(0);
  },
);
exit(1);
