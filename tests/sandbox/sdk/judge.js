// Drives the sandbox with Unipile's published client and checks every answer against the schemas inside
// the package. The client checks nothing unless told to, so it is told to: level "error" throws.
//
//   node judge.js <base url> <api key> <facts as JSON>      prints one JSON line for each call

const path = require("node:path");
const { UnipileClient } = require("unipile-node-sdk");
const { TypeCompiler } = require("@sinclair/typebox/compiler");

const [baseUrl, apiKey, factsText] = process.argv.slice(2);
const facts = JSON.parse(factsText);
const client = new UnipileClient(baseUrl, apiKey, {
  validateRequestPayload: true,
  validateRequestPayloadLevel: "error",
});
const packageRoot = path.dirname(require.resolve("unipile-node-sdk"));
const linkedin = require(path.join(packageRoot, "linkedin/ressource.types.js"));
const searchResult = TypeCompiler.Compile(linkedin.LinkedinPeopleSearchResultSchema);
const searchParameter = TypeCompiler.Compile(linkedin.LinkedinSearchItemSchema);

let failures = 0;

function report(call, ok, detail) {
  if (!ok) failures += 1;
  console.log(JSON.stringify({ call, ok, detail }));
}

async function judged(call, promise) {
  try {
    const answer = await promise;
    report(call, true, answer.object ?? "binary");
    return answer;
  } catch (error) {
    const problems = error.errors ? [...error.errors].slice(0, 5) : undefined;
    report(call, false, { message: String(error.message), body: error.body, problems });
    throw error;
  }
}

// Endpoints the client has no method for, judged by the package's schemas all the same.
async function raw(call, method, target, body, validator) {
  const response = await fetch(`${baseUrl}/api/v1${target}`, {
    method,
    headers: { "X-API-KEY": apiKey, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  const wrong = answer.items.filter((item) => !validator.Check(item));
  const ok = response.status === 200 && answer.items.length > 0 && wrong.length === 0;
  report(call, ok, ok ? answer.object : { wrong: wrong[0], errors: wrong[0] && [...validator.Errors(wrong[0])] });
}

async function advance(seconds) {
  await fetch(`${baseUrl}/sandbox/clock`, { method: "POST", body: JSON.stringify({ advance: seconds }) });
}

async function main() {
  const { account_id, stranger, other_stranger, friend, company } = facts;
  const accounts = await judged("account.getAll", client.account.getAll());
  await judged("account.getOne", client.account.getOne(accounts.items[0].id));
  await judged("account.resync", client.account.resyncLinkedinAccount({ account_id }));
  await judged(
    "account.createHostedAuthLink",
    client.account.createHostedAuthLink({
      type: "create",
      providers: "*",
      api_url: baseUrl,
      expiresOn: "2030-01-01T00:00:00.000Z",
      name: "client 1",
    }),
  );

  await judged("users.getOwnProfile", client.users.getOwnProfile(account_id));
  for (const identifier of [stranger.public_identifier, stranger.provider_id, stranger.member_id]) {
    await judged(
      "users.getProfile",
      client.users.getProfile({ account_id, identifier, linkedin_sections: "*" }),
    );
  }
  await judged("users.getAllRelations", client.users.getAllRelations({ account_id, limit: 5 }));
  await judged("users.getCompanyProfile", client.users.getCompanyProfile({ account_id, identifier: company }));

  for (const person of [stranger, other_stranger]) {
    await judged(
      "users.sendInvitation",
      client.users.sendInvitation({ account_id, provider_id: person.provider_id, message: "Hi, shall we?" }),
    );
  }
  const first = await judged("users.getAllInvitationsSent", client.users.getAllInvitationsSent({ account_id, limit: 1 }));
  const second = await judged(
    "users.getAllInvitationsSent (cursor)",
    client.users.getAllInvitationsSent({ account_id, cursor: first.cursor }),
  );
  report("pages do not overlap", first.items[0].id !== second.items[0].id, [first.items[0].id]);
  await judged(
    "users.cancelInvitationSent",
    client.users.cancelInvitationSent({ account_id, invitation_id: first.items[0].id }),
  );

  const posts = await judged("users.getAllPosts", client.users.getAllPosts({ account_id, identifier: facts.author }));
  const post_id = posts.items[0].social_id;
  await judged("users.getPost", client.users.getPost({ account_id, post_id }));
  await judged("users.sendPostReaction", client.users.sendPostReaction({ account_id, post_id, reaction_type: "like" }));
  await judged("users.sendPostComment", client.users.sendPostComment({ account_id, post_id, text: "Well said" }));
  await judged("users.getAllPostComments", client.users.getAllPostComments({ account_id, post_id }));

  const started = await judged(
    "messaging.startNewChat",
    client.messaging.startNewChat({
      account_id,
      attendees_ids: [friend.provider_id],
      text: "Grüße & 你好",
      attachments: [["offer.pdf", Buffer.from("%PDF-1.4 sandbox")]],
    }),
  );
  await judged(
    "messaging.startNewChat (InMail)",
    client.messaging.startNewChat({
      account_id,
      attendees_ids: [facts.open.provider_id],
      subject: "A word",
      text: "Hello",
      options: { linkedin: { api: "classic", inmail: true } },
    }),
  );
  const chat_id = started.chat_id;
  await judged("messaging.sendMessage", client.messaging.sendMessage({ chat_id, text: "One more thing" }));
  await advance(7200);
  const chats = await judged("messaging.getAllChats", client.messaging.getAllChats({ account_id, limit: 10 }));
  report("the chat is listed", chats.items.some((chat) => chat.id === chat_id), chat_id);
  await judged("messaging.getChat", client.messaging.getChat(chat_id));
  const messages = await judged(
    "messaging.getAllMessagesFromChat",
    client.messaging.getAllMessagesFromChat({ chat_id, limit: 50 }),
  );
  report("the answer is there", messages.items[0].is_sender === 0 && messages.items[0].text === "Danke!", messages.items[0].text);
  await judged("messaging.getAllMessages", client.messaging.getAllMessages({ account_id, limit: 2 }));
  await judged("messaging.getMessage", client.messaging.getMessage(messages.items[0].id));
  const withFile = messages.items.find((message) => message.attachments.length > 0);
  const file = await client.messaging.getMessageAttachment(
    { message_id: withFile.id, attachment_id: withFile.attachments[0].id },
    { validateRequestPayload: false },
  );
  report("messaging.getMessageAttachment", (await file.text()) === "%PDF-1.4 sandbox", "bytes");
  const attendees = await judged("messaging.getAllAttendees", client.messaging.getAllAttendees({ account_id }));
  await judged("messaging.getAllAttendeesFromChat", client.messaging.getAllAttendeesFromChat(chat_id));
  const attendee_id = attendees.items[0].id;
  await judged("messaging.getAttendee", client.messaging.getAttendee(attendee_id));
  await judged("messaging.getAllChatsFromAttendee", client.messaging.getAllChatsFromAttendee({ attendee_id }));
  await judged("messaging.getAllMessagesFromAttendee", client.messaging.getAllMessagesFromAttendee({ attendee_id }));
  await judged(
    "messaging.setChatStatus",
    client.messaging.setChatStatus({ chat_id, action: "setReadStatus", value: true }),
  );

  const hook = await judged(
    "webhook.create",
    client.webhook.create({
      source: "messaging",
      request_url: "http://127.0.0.1:9/hooks",
      name: "mine",
      format: "json",
      headers: [{ key: "Unipile-Auth", value: "secret" }],
      events: ["message_received", "message_read"],
    }),
  );
  const hooks = await judged("webhook.getAll", client.webhook.getAll());
  report("the webhook is listed", hooks.items.some((one) => one.id === hook.webhook_id), hook.webhook_id);
  await judged("webhook.delete", client.webhook.delete(hook.webhook_id));

  await judged(
    "email.send",
    client.email.send({ account_id, to: [{ identifier: "ada@example.com", display_name: "Ada" }], subject: "Hi", body: "<p>Hi</p>" }),
  );
  await raw("linkedin search", "POST", `/linkedin/search?account_id=${account_id}`, { api: "classic", category: "people", keywords: "head" }, searchResult);
  await raw("search parameters", "GET", `/linkedin/search/parameters?account_id=${account_id}&type=LOCATION&keywords=berlin`, undefined, searchParameter);

  // The judge must be able to say no: a profile without a field the schema demands.
  await fetch(`${baseUrl}/sandbox/faults`, {
    method: "POST",
    body: JSON.stringify({ what: "missing_field", on: "profile", field: "headline" }),
  });
  const refused = await client.users.getProfile({ account_id, identifier: friend.provider_id }).then(
    () => false,
    () => true,
  );
  report("control: a spoiled answer is refused", refused, "missing headline");

  await judged("account.delete", client.account.delete(facts.spare_account_id));
}

main()
  .catch((error) => report("the run", false, String(error.stack)))
  .finally(() => process.exit(failures === 0 ? 0 : 1));
