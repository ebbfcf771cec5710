// A certified relying party walks the provider: what must work, and what must not.
// Usage: node relying_party.mjs '<settings as JSON>'; prints one JSON line: [[row, said], ...],
// said being "" where it went as it should.
import * as oidc from "openid-client";

const town = JSON.parse(process.argv[2]);
const rows = [];

class Browser {
  cookies = new Map();

  async open(address, form) {
    const headers = { accept: "text/html", referer: town.issuer };
    headers.cookie = [...this.cookies].map(([k, v]) => `${k}=${v}`).join("; ");
    const options = { headers, redirect: "manual" };
    if (form) {
      options.method = "POST";
      options.body = new URLSearchParams({
        csrfmiddlewaretoken: this.cookies.get("csrftoken") ?? "",
        ...form,
      });
    }
    const answer = await fetch(new URL(address, town.issuer), options);
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split("=");
      this.cookies.set(name, value);
    }
    return answer;
  }

  // Follows redirects within the city; gives the address that leads out, or the page reached.
  async follow(address) {
    for (let turn = 0; turn < 8; turn += 1) {
      const answer = await this.open(address);
      const next = answer.headers.get("location");
      if (!next) return { status: answer.status, at: new URL(address, town.issuer) };
      const to = new URL(next, town.issuer);
      if (to.origin !== new URL(town.issuer).origin) return { status: 302, out: to };
      if (/^\/(people|accounts)\//.test(to.pathname)) return { status: 302, asked: to };
      address = to.href;
    }
    throw new Error("too many redirects");
  }

  async signIn() {
    await this.open("/accounts/login/");
    const answer = await this.open("/accounts/login/", {
      login: town.username,
      password: town.password,
    });
    if (answer.status !== 302) throw new Error(`sign-in answered ${answer.status}`);
    return this;
  }
}

async function row(name, walk) {
  try {
    await walk();
    rows.push([name, ""]);
  } catch (error) {
    rows.push([name, `${error.code ?? ""} ${error.error ?? ""} ${error.message}`]);
  }
}

function must(fact, said) {
  if (!fact) throw new Error(said);
}

async function refused(promise, error) {
  let found;
  try {
    found = await promise;
  } catch (fault) {
    if (!error || fault.error === error || fault.status === error) return;
    throw fault;
  }
  throw new Error(`not refused: ${JSON.stringify(found)}`);
}

const connect = (client) =>
  oidc.discovery(new URL(town.issuer), client.id, client.secret || undefined, undefined, {
    execute: [oidc.allowInsecureRequests],
  });

async function ask(config, more = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const checks = {
    pkceCodeVerifier: verifier,
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
  };
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: town.callback,
    scope: "openid profile organization",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...more,
  });
  for (const [name, value] of Object.entries(more)) {
    if (value === null) address.searchParams.delete(name);
  }
  return { address, checks };
}

async function signOn(config, browser, more, checks = {}) {
  const asked = await ask(config, more);
  const { out } = await browser.follow(asked.address.href);
  return {
    out,
    checks: asked.checks,
    tokens: await oidc.authorizationCodeGrant(config, out, { ...asked.checks, ...checks }),
  };
}

async function toldBack(config, browser, more) {
  const { address } = await ask(config, more);
  return (await browser.follow(address.href)).out.searchParams.get("error");
}

const page = await connect(town.page);
const person = await new Browser().signIn();
const userinfo = (tokens) =>
  oidc.fetchUserInfo(page, tokens.access_token, oidc.skipSubjectCheck);

await row("discovery", async () => {
  const told = page.serverMetadata();
  must(told.supportsPKCE(), "no PKCE");
  must(told.introspection_endpoint && told.end_session_endpoint, "endpoints missing");
  must(told.backchannel_logout_session_supported, "no back-channel logout");
  must(told.response_types_supported.join() === "code", "more than the code flow");
});

await row("code, PKCE, state, nonce, id_token, userinfo", async () => {
  const { tokens } = await signOn(page, person);
  const told = tokens.claims();
  must(told.acr === "1" && told.amr.includes("pwd"), `acr ${told.acr}`);
  must(told.sid && told.auth_time, "no sid or auth_time");
  const who = await oidc.fetchUserInfo(page, tokens.access_token, told.sub);
  must(who.name === "王强" && who.organizations.length === 1, JSON.stringify(who));
});

await row("max_age is answered with auth_time", () =>
  signOn(page, person, { max_age: "600" }, { maxAge: 600 }));

await row("refresh", async () => {
  const { tokens } = await signOn(page, person);
  await userinfo(await oidc.refreshTokenGrant(page, tokens.refresh_token));
});

await row("a replayed code is refused and its tokens are taken back", async () => {
  const { out, checks, tokens } = await signOn(page, person);
  await refused(oidc.authorizationCodeGrant(page, out, checks), "invalid_grant");
  await refused(userinfo(tokens), 401);
  await refused(oidc.refreshTokenGrant(page, tokens.refresh_token), "invalid_grant");
});

await row("a reused refresh token kills the family", async () => {
  const { tokens } = await signOn(page, person);
  const second = await oidc.refreshTokenGrant(page, tokens.refresh_token);
  await refused(oidc.refreshTokenGrant(page, tokens.refresh_token), "invalid_grant");
  await refused(oidc.refreshTokenGrant(page, second.refresh_token), "invalid_grant");
  await refused(userinfo(second), 401);
});

await row("a wrong verifier is refused", async () => {
  const { address, checks } = await ask(page);
  const { out } = await person.follow(address.href);
  checks.pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  await refused(oidc.authorizationCodeGrant(page, out, checks), "invalid_grant");
});

await row("acr_values above the session leads to the step-up", async () => {
  const { address } = await ask(page, { acr_values: "3" });
  const { asked } = await person.follow(address.href);
  must(asked.pathname.startsWith("/people/step-up/"), asked.pathname);
});

await row("prompt=login asks for a fresh sign-in", async () => {
  const { address } = await ask(page, { prompt: "login" });
  const { asked } = await person.follow(address.href);
  must(asked.pathname === "/accounts/reauthenticate/", asked.pathname);
  await person.open(asked.href);
  const answer = await person.open("/accounts/reauthenticate/", {
    password: town.password,
    next: asked.searchParams.get("next"),
  });
  const { out } = await person.follow(answer.headers.get("location"));
  must(out.searchParams.get("code"), out.href);
});

await row("prompt=none: somebody, nobody, too low", async () => {
  await signOn(page, person, { prompt: "none" });
  const nobody = await toldBack(page, new Browser(), { prompt: "none" });
  must(nobody === "login_required", nobody);
  const low = await toldBack(page, person, { prompt: "none", acr_values: "3" });
  must(low === "interaction_required", low);
});

await row("no PKCE, plain PKCE, hybrid and implicit are refused", async () => {
  for (const more of [
    { code_challenge: null, code_challenge_method: null },
    { code_challenge_method: "plain" },
    { code_challenge_method: null },
    { response_type: "code id_token" },
    { response_type: "id_token" },
  ]) {
    must(await toldBack(page, person, more), `accepted ${JSON.stringify(more)}`);
  }
});

await row("an unknown redirect_uri gets 400 and no redirect", async () => {
  for (const redirect_uri of ["https://evil.example.cn/", `${town.callback}/x`]) {
    const { address } = await ask(page, { redirect_uri });
    const answer = await person.open(address.href);
    must(answer.status === 400, `status ${answer.status}`);
    must(!answer.headers.get("location"), "redirected");
  }
});

await row("introspection", async () => {
  const { tokens } = await signOn(page, person);
  const told = await oidc.tokenIntrospection(page, tokens.access_token);
  must(told.active && told.acr === "1", JSON.stringify(told));
  await oidc.tokenRevocation(page, tokens.refresh_token);
  must(!(await oidc.tokenIntrospection(page, tokens.access_token)).active, "still active");
});

await row("client credentials, for its own kind of client alone", async () => {
  const machine = await connect(town.machine);
  const tokens = await oidc.clientCredentialsGrant(machine);
  must((await oidc.tokenIntrospection(machine, tokens.access_token)).active, "not active");
  await refused(oidc.clientCredentialsGrant(page));
});

await row("a wrong secret is refused, quickly", async () => {
  const thief = await connect({ ...town.page, secret: "guess" });
  const began = performance.now();
  for (let turn = 0; turn < 5; turn += 1) {
    await refused(oidc.refreshTokenGrant(thief, "x"), 401);
  }
  const each = (performance.now() - began) / 5;
  must(each < 400, `${each} ms each`);
});

await row("device flow", async () => {
  const device = await connect(town.device);
  const begun = await oidc.initiateDeviceAuthorization(device, { scope: "openid profile" });
  const address = begun.verification_uri_complete;
  must((await person.open(address)).status === 200, "no page for the code");
  await person.open(address, { action: "confirm" });
  const tokens = await oidc.pollDeviceAuthorizationGrant(device, begun);
  const who = await oidc.fetchUserInfo(device, tokens.access_token, oidc.skipSubjectCheck);
  must(who.preferred_username === town.username, JSON.stringify(who));
});

await row("sign-out asked for by the application ends the session", async () => {
  const leaving = await new Browser().signIn();
  const { tokens } = await signOn(page, leaving);
  const address = oidc.buildEndSessionUrl(page, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: town.goodbye,
    state: "bye",
  });
  const { out } = await leaving.follow(address.href);
  must(out.href === `${town.goodbye}?state=bye`, out.href);
  must((await toldBack(page, leaving, { prompt: "none" })) === "login_required", "still in");
  await refused(userinfo(tokens), 401);
  address.searchParams.set("post_logout_redirect_uri", "https://evil.example.cn/");
  const answer = await leaving.open(address.href);
  must(answer.status === 400 && !answer.headers.get("location"), "redirected");
});

console.log(JSON.stringify(rows));
