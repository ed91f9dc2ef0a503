/** Says by its exit status whether the Hearback in this container is ready: the image's health check. */
import { get as plain } from "node:http";
import { get as secure } from "node:https";

const { HEARBACK_LISTEN: listen = ":8080", HEARBACK_TLS_CERTIFICATE: certificate } = process.env;
const get = certificate ? secure : plain;
// Asked on loopback, where no certificate has a name for it; nothing secret is said either way.
const where = { host: "127.0.0.1", port: listen.split(":").at(-1), path: "/readyz", rejectUnauthorized: false };
get(where, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on("error", () => process.exit(1));
