import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryFile } from "#rehearsal/repository.ts";

/** The ivr's modules, without ".so": what its own modules.conf asks for, so that there is one list and not two. */
export function ivrModules(templates = repositoryFile("dialplans/asterisk")): string[] {
  const text = readFileSync(join(templates, "modules.conf"), "utf8");
  return [...text.matchAll(/^\s*(?:require|load|preload)\s*=\s*(\w+)\.so/gm)].map((match) => match[1]!);
}

/**
 * What the pretend network needs to play people: the same trunk and sound, then applications that speak, press
 * keys, listen for silence and record. No HTTP, ARI or manager: it is asked things on its command line only.
 */
export const carrierModules: readonly string[] = [
  ...["res_timing_timerfd", "pbx_config", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb"],
  ...["res_crypto", "res_pjproject", "res_pjsip", "res_pjsip_session", "res_pjsip_sdp_rtp"],
  ...[
    "res_pjsip_authenticator_digest",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_caller_id",
    "res_pjsip_nat",
    "res_pjsip_rfc3326",
  ],
  ...[
    "res_pjsip_empty_info",
    "res_pjsip_dlg_options",
    "res_pjsip_pubsub",
    "res_rtp_asterisk",
    "res_srtp",
    "chan_pjsip",
  ],
  ...[
    "codec_alaw",
    "codec_ulaw",
    "codec_a_mu",
    "codec_g722",
    "codec_resample",
    "format_pcm",
    "format_sln",
    "format_wav",
  ],
  ...["bridge_simple", "bridge_softmix", "bridge_native_rtp", "bridge_builtin_features"],
  ...["app_dial", "app_exec", "app_mixmonitor", "app_playback", "app_playtones", "app_read", "app_record"],
  ...["app_senddtmf", "app_stack", "app_verbose", "app_waitforsilence", "app_waitforcond", "app_while"],
  ...["app_if", "app_echo", "app_cdr", "app_chanspy", "app_userevent", "app_talkdetect"],
  ...[
    "func_callerid",
    "func_cdr",
    "func_channel",
    "func_cut",
    "func_dialplan",
    "func_global",
    "func_groupcount",
  ],
  ...["func_hangupcause", "func_logic", "func_math", "func_periodic_hook", "func_rand", "func_sprintf"],
  ...[
    "func_strings",
    "func_talkdetect",
    "func_timeout",
    "func_uri",
    "func_uuid",
    "func_volume",
    "res_tonedetect",
  ],
  ...["cdr_csv", "res_clioriginate"],
];
