// The vendors' side, scripted: it speaks OpenAI chat, OpenAI responses and Anthropic messages on one port.
// The model's name or the last user message names the script; how many answers it has had since says which step comes next.
// A test may instead lay down the answers one by one: POST /script.
// A recorder stands in front, since aimock's own journal shows requests as it understood them, not as they came in.
import http from "node:http";
import { LLMock } from "@copilotkit/aimock";

const READ = { name: "list_calendar_events", arguments: { start: "today" } };
const event = (title) => ({ name: "create_calendar_event", arguments: { title, start: "tomorrow at 3pm" } });
const task = (title) => ({ name: "create_task", arguments: { title } });
const says = (content) => ({ content });
const calls = (content, ...toolCalls) => ({
  ...(content ? { content } : {}),
  toolCalls: toolCalls.map((call) => ({ ...call, arguments: asText(call.arguments) })),
});
const asText = (args) => (typeof args === "string" ? args : JSON.stringify(args));
const error = (status, type, message) => ({ error: { message, type }, status });
const BUSY = error(429, "rate_limit_error", "Rate limited");
const OVERLOADED = error(529, "overloaded_error", "Overloaded");
const STORY = "Once upon a time there was a lighthouse keeper who kept the light burning every single night.";

const attempts = new Map(); // script → how often it was asked
let journal = []; // every request of a test, as it came in
let script; // the answers that a test has laid down, and how many more were asked for; null: those below
let holding, hold; // a promise, and what keeps it when an answer is held
const wordsOnly = () => ["none"].includes(journal.at(-1).body.tool_choice?.type ?? journal.at(-1).body.tool_choice);

const SCRIPTS = {
  story: () => says(STORY),
  cut: () => says(STORY),
  read: (step) => (step ? says("You have a quiet day.") : calls("Let me look.", READ)),
  propose: () => calls("I can do that.", event("Review")),
  two: () => calls("Both of them.", event("Review"), task("Write it up")),
  mixed: (step) => (step ? says("It fits in.") : calls("", READ, event("Review"))),
  malformed: (step) => (step ? calls("", event("Mended")) : calls("", { ...event(""), arguments: '{"title": "Broken' })),
  unknown: (step) => (step ? says("I cannot fly.") : calls("", { name: "multi_tool_use.parallel", arguments: {} })),
  wrong: (step, spoken) =>
    spoken ? says("I could not find out when.") : calls("", { name: "create_calendar_event", arguments: { title: "x", start: "never ever" } }),
  loop: () => calls("", READ),
  tired: (step, spoken) => (spoken ? says("I looked and looked.") : calls("", READ)),
  busy: (step, spoken, asked) => (asked < 3 ? BUSY : says("Here I am.")),
  overloaded: (step, spoken, asked) => (asked < 2 ? OVERLOADED : says("Here I am.")),
  refusing: () => BUSY,
  dead: () => error(503, "server_error", "Down"),
  keyless: () => error(401, "authentication_error", "Incorrect API key provided: sk-secret"),
  nameless: () => error(404, "not_found_error", "The model does not exist"),
  broke: () => error(429, "insufficient_quota", "You exceeded your current quota, please check your plan and billing"),
  toolless: () => error(400, "invalid_request_error", "this model does not support tools"),
  "create a task titled": () => calls("", task("water the plants")),
  "(i confirmed": () => says("Anything else?"),
};

function text(content) {
  return typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join("");
}

function answer(request) {
  if (script) return script.answers.shift() ?? (script.beyond++, says("All right."));
  const last = request.messages.findLastIndex((message) => message.role === "user");
  const said = text(request.messages[last]?.content).toLowerCase();
  const name = request.model in SCRIPTS ? request.model : Object.keys(SCRIPTS).find((name) => said.startsWith(name));
  if (!name) return says("All right.");
  const step = request.messages.slice(last).filter((message) => message.role === "assistant").length;
  const asked = attempts.get(said) ?? 0;
  attempts.set(said, asked + 1);
  return SCRIPTS[name](step, wordsOnly(), asked);
}

const isCut = (request) => text(request.messages.findLast((message) => message.role === "user")?.content).startsWith("cut");
const mock = new LLMock({ port: 0, host: "127.0.0.1", chunkSize: 8, logLevel: "silent" });
mock.on({ predicate: isCut }, answer, { truncateAfterChunks: 5 });
mock.on({ predicate: () => true }, answer);
await mock.start();

function pass(request, response, body) {
  const there = http.request(mock.url + request.url, { method: request.method, headers: request.headers }, (back) => {
    response.writeHead(back.statusCode, back.headers);
    back.on("aborted", () => response.destroy()).on("error", () => response.destroy());
    back.pipe(response);
  });
  there.on("error", () => response.destroy());
  there.end(body);
}

const recorder = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    if (request.url === "/journal") return response.end(JSON.stringify(journal));
    const body = Buffer.concat(chunks);
    if (request.url === "/begin") {
      journal = [];
      script = null;
      holding = new Promise((resolve) => (hold = resolve));
      return response.end();
    }
    if (request.url === "/held") return holding.then(() => response.end());
    if (request.url === "/script" && request.method === "POST") script = { answers: JSON.parse(body.toString()), beyond: 0 };
    if (request.url === "/script") return response.end(JSON.stringify(script));
    journal.push({ path: request.url, body: JSON.parse(body.toString() || "{}") });
    if (!script?.answers[0]?.held) return pass(request, response, body);
    script.answers.shift(); // it is never answered
    hold();
  });
});
recorder.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${recorder.address().port}`));
