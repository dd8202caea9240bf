// The audit of GraphQL over HTTP by its working group: prints how many of its points are met, and those that are not.

import { auditServer } from "graphql-http";
import { headers, url } from "./story.mjs";

const fetchFn = (input, init = {}) =>
  fetch(input, { ...init, headers: { ...init.headers, ...headers, "GraphQL-Require-Preflight": "1" } });

const points = await auditServer({ url, fetchFn });
const unmet = points.filter(({ status }) => status !== "ok").map(({ id, name, reason }) => `${id}: ${name}: ${reason}`);
console.log(JSON.stringify({ met: points.length - unmet.length, unmet }));
