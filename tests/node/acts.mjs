// The Node SDK, told what to do: each line of stdin is one act (resource, verb, params, in the words of twilio-python),
// each line of stdout its answer.  URL is "" where the environment leads to the sandbox.
// node acts.mjs URL ACCOUNT_SID AUTH_TOKEN
import { createInterface } from "node:readline";
import twilio from "twilio";

const [url, sid, token] = process.argv.slice(2);
const client = twilio(sid, token);
if (url) {
  client.api.baseUrl = url;
  client.messaging.baseUrl = url;
}
const camel = (name) => name.replace(/_$/, "").replace(/_(.)/g, (_, letter) => letter.toUpperCase());

async function answer({ resource, verb, params }) {
  let target = resource[0] === "services" ? client.messaging.v1 : client;
  for (const [place, word] of resource.entries()) {
    target = place % 2 ? target(word) : target[camel(word)];
  }
  const named = Object.entries(params).map(([name, value]) => [camel(name), value]);
  const words = named.length ? [Object.fromEntries(named)] : [];
  try {
    const done = await target[verb === "delete" ? "remove" : verb](...words);
    return verb === "delete" ? null : done;
  } catch (refusal) {
    if (!refusal.code) throw refusal;
    const { status, code, message } = refusal;
    return { status, code, message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
