import { type Setting, settingsOf } from "#dialplan/conf/conf.ts";
import { type Configuration, sectionIn } from "../configuration.ts";
import { neededModules } from "../needed-modules.ts";
import { type Found, type Rule, says, startOf, wrongOrUnsaid } from "../rule.ts";

const source = "RELIABILITY.md 3.2";
const asked = (all: Configuration): Setting[] =>
  settingsOf(sectionIn(all, "modules.conf", "modules"), "load", "require", "preload", "preload-require");
const nameOf = ({ value }: Setting): string => value.replace(/\.so$/i, "").toLowerCase();
const withNames =
  (names: RegExp) =>
  (all: Configuration): Found[] =>
    asked(all)
      .filter((setting) => names.test(nameOf(setting)))
      .map((setting) => ({ at: setting.at, about: nameOf(setting) }));

/** modules.conf: what is not loaded has no holes. */
export const moduleRules: readonly Rule[] = [
  {
    ...{ name: "modules-all", level: "fault", source },
    find: (all) => wrongOrUnsaid(all, ["modules.conf", "modules"], "autoload", says.notNo),
    says: "all modules that are installed are loaded, with the holes of those that nobody uses; without the line they are",
    instead: "autoload = no, and a require line for each that is needed",
  },
  {
    ...{ name: "modules-missing", level: "fault", source: "ASTERISK.md 1", find: missing },
    says: "Hearback's calls need a module that is not loaded",
    instead: "take the lines from dialplans/asterisk/modules.conf",
  },
  {
    ...{
      name: "modules-optional",
      level: "fault",
      source: "dialplans/asterisk/modules.conf",
      find: optional,
    },
    says: "Asterisk starts without this module too, and then rings patients and loses their words",
    instead: "require = instead of load =",
  },
  {
    ...{ name: "modules-that-run", level: "fault", source: `${source}; RELIABILITY.md 3.3` },
    find: withNames(
      /^(?:app_system|app_exec|app_externalivr|app_originate|func_shell|func_env|func_curl|func_db|func_realtime|res_agi|res_curl|res_clioriginate|pbx_spool|pbx_lua|pbx_ael|pbx_dundi|pbx_realtime|app_mp3|app_festival|app_ices|app_zapateller|app_jack|.*\/.*)$/,
    ),
    says: "this module starts programs, reads the machine's files or rings numbers by itself, or is none of Asterisk's own",
    instead: "delete the line",
  },
  {
    ...{ name: "modules-with-holes", level: "fault" },
    source: `${source}; CVE-2022-26499, CVE-2022-26651, CVE-2025-47779, CVE-2021-32558, CVE-2020-28242`,
    find: withNames(
      /^(?:chan_iax2|chan_sip|chan_unistim|chan_skinny|chan_mgcp|chan_ooh323|chan_mobile|chan_motif|res_xmpp|res_phoneprov|res_pjsip_phoneprov_provider|res_stir_shaken|func_odbc|res_odbc|res_pjsip_messaging|res_pjsip_t38|res_http_media_cache|app_voicemail.*|res_hep.*|res_snmp|res_smdi|res_fax.*|app_minivm|app_alarmreceiver|res_geolocation|res_aeap|res_adsi|res_http_post)$/,
    ),
    says: "a module that no survey needs, and that has had holes",
    instead: "delete the line",
  },
  {
    ...{ name: "modules-for-strangers", level: "fault", source },
    find: withNames(
      /^(?:res_pjsip_endpoint_identifier_anonymous|res_pjsip_endpoint_identifier_user|res_pjsip_registrar.*|res_pjsip_publish_asterisk|res_pjsip_refer|res_pjsip_transport_websocket|chan_websocket|chan_audiosocket|res_audiosocket|res_pjsip_exten_state|res_pjsip_mwi.*)$/,
    ),
    says: "this module lets others than the carrier in, or lets callers pass calls on",
    instead: "delete the line",
  },
  {
    ...{ name: "modules-that-listen", level: "fault", source: "issue 3, who may hear" },
    find: withNames(
      /^(?:app_chanspy|app_mixmonitor|res_monitor|app_confbridge|app_meetme|app_page|app_queue|app_dictate|app_record|res_parking|res_musiconhold)$/,
    ),
    says: "this module lets somebody into a call, or records it where nobody guards it",
    instead: "delete the line: Hearback records by ARI, into the folder that it sweeps",
  },
  {
    ...{ name: "modules-elsewhere", level: "fault", source: "Asterisk, sorcery.conf.sample" },
    find: withNames(/^(?:res_config_.*|res_sorcery_realtime|res_realtime|cdr_(?!csv$).*|cel_(?!custom$).*)$/),
    says: "configuration or call records go to a database or another machine, past what releases keep and nobody erases",
    instead: "delete the line",
  },
];

/** None where modules.conf cannot tell. */
export function notLoaded(all: Configuration, names: readonly string[]): string[] {
  const conf = all.confs.get("modules.conf");
  if (!conf || conf.open) return [];
  const section = sectionIn(all, "modules.conf", "modules");
  const there = new Set(asked(all).map(nameOf));
  const not = new Set(settingsOf(section, "noload").map(nameOf));
  const loadsAll = settingsOf(section, "autoload").some(({ value }) => says.yes(value));
  return names.filter((name) => not.has(name) || !(loadsAll || there.has(name)));
}

function missing(all: Configuration): Found[] {
  const conf = all.confs.get("modules.conf");
  if (!conf) return [];
  const section = sectionIn(all, "modules.conf", "modules");
  const away = notLoaded(all, neededModules);
  const denied = settingsOf(section, "noload").find((setting) => away.includes(nameOf(setting)));
  return away.length > 0 ? [{ at: denied?.at ?? section?.at ?? startOf(conf), about: away.join(", ") }] : [];
}

function optional(all: Configuration): Found[] {
  const loaded = settingsOf(sectionIn(all, "modules.conf", "modules"), "load", "preload");
  const required = new Set(
    settingsOf(sectionIn(all, "modules.conf", "modules"), "require", "preload-require").map(nameOf),
  );
  return loaded
    .filter((setting) => neededModules.includes(nameOf(setting)) && !required.has(nameOf(setting)))
    .map((setting) => ({ at: setting.at, about: nameOf(setting) }));
}
