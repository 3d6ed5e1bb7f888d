// A Lambda function for a user pool's triggers, with the loop that the runtime
// of a function on AWS Lambda is. It does what greeter/main.go does.

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

function handle(event) {
  const { request, triggerSource } = event;
  // What asks for a sign-in calls its metadata otherwise.
  const asked = triggerSource.startsWith("PreAuthentication") ? request.validationData : request.clientMetadata;
  const wish = asked ?? {};
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
  switch (triggerSource.split("_")[0]) {
    case "PreSignUp":
      if (request.validationData?.invitation === "forged") throw new Error("no such invitation");
      event.response.autoConfirmUser = wish.confirm === "yes";
      event.response.autoVerifyEmail = wish.verify === "yes";
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

for (;;) {
  const next = await fetch(`${api}/next`);
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
