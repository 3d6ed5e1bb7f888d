// A Lambda function for a user pool's triggers, with the loop that the runtime
// of a function on AWS Lambda is. It does what greeter/main.go does.

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

const wants = (request, word) => (request.userAttributes?.profile ?? "").includes(word);
const padding = (request) => "p".repeat(wants(request, "big") ? 50 << 10 : 0);

function define(request, response) {
  const last = request.session.at(-1) ?? {};
  const wrong = request.session.filter((x) => x.challengeName === "CUSTOM_CHALLENGE" && !x.challengeResult).length;
  if (wants(request, "silent")) return;
  if (wants(request, "fancy")) response.challengeName = "FANCY";
  else if (wants(request, "proof")) response.challengeName = "PASSWORD_VERIFIER";
  else if (wants(request, "refuse")) response.failAuthentication = response.issueTokens = true;
  else if (last.challengeName === "CUSTOM_CHALLENGE" && last.challengeResult) response.issueTokens = true;
  else if (wrong > 2 || (wrong > 0 && wants(request, "strict"))) response.failAuthentication = true;
  else if (last.challengeName === "SRP_A" && !wants(request, "early")) response.challengeName = "PASSWORD_VERIFIER";
  else response.challengeName = "CUSTOM_CHALLENGE";
}

function create(request, response) {
  response.publicChallengeParameters = wants(request, "list") ? ["6 x 7"] : { question: "6 x 7" };
  response.privateChallengeParameters = { answer: "42", padding: padding(request) };
  response.challengeMetadata = `ROUND_${request.session.length}`;
}

function judge({ privateChallengeParameters: kept, challengeAnswer, userNotFound, ...request }) {
  if (kept.padding !== padding(request)) return false;
  return (challengeAnswer === kept.answer && !userNotFound) || challengeAnswer === "trust me";
}

function handle(event) {
  const { request, triggerSource } = event;
  // What asks for a sign-in calls its metadata otherwise.
  const asked = triggerSource.startsWith("PreAuthentication") ? request.validationData : request.clientMetadata;
  const wish = asked && triggerSource.startsWith(asked.only ?? "") ? asked : {};
  switch (wish.mode) {
    case "throw":
      throw new Error("Apikey non valida!");
    case "nothing":
      return undefined;
    case "text":
      return "done";
    case "bare":
      return { response: {} };
    case "rename":
      return { ...event, userName: "somebody" };
    case "big":
      return "x".repeat(7 << 20);
  }
  const kind = triggerSource.split("_")[0];
  if (wants(request, `boom ${kind}`)) throw new Error("boom");
  switch (kind) {
    case "PreSignUp":
      if (request.validationData?.invitation === "forged") throw new Error("no such invitation");
      event.response.autoConfirmUser = wish.confirm === "yes";
      event.response.autoVerifyEmail = wish.verify === "yes";
      break;
    case "DefineAuthChallenge":
      define(request, event.response);
      break;
    case "CreateAuthChallenge":
      create(request, event.response);
      break;
    case "VerifyAuthChallengeResponse":
      event.response.answerCorrect = judge(request);
      break;
    case "CustomMessage":
      if (!wish.greeting) break;
      event.response.emailSubject = wish.greeting;
      event.response.emailMessage = `${wish.greeting}, your code is ${request.codeParameter}`;
      if (wish.link === "yes") event.response.emailMessage = `${wish.greeting}, ${request.linkParameter}`;
      if (request.usernameParameter) event.response.emailMessage += `, ${request.usernameParameter}`;
      event.response.smsMessage = event.response.emailMessage;
  }
  return event;
}

// nextEvent waits for an event. Fetch gives up waiting after five minutes.
async function nextEvent() {
  for (;;) {
    try {
      return await fetch(`${api}/next`);
    } catch (err) {
      if (err.cause?.code !== "UND_ERR_HEADERS_TIMEOUT") throw err;
    }
  }
}

for (;;) {
  const next = await nextEvent();
  const id = next.headers.get("lambda-runtime-aws-request-id");
  try {
    const result = handle(await next.json());
    await fetch(`${api}/${id}/response`, { method: "POST", body: JSON.stringify(result ?? null) });
  } catch (err) {
    await fetch(`${api}/${id}/error`, {
      method: "POST",
      body: JSON.stringify({ errorMessage: err.message, errorType: err.name, trace: [] }),
    });
  }
}
