/** What a call of ours stands on; all are in dialplans/asterisk/modules.conf, which a test compares. */
export const neededModules: readonly string[] = [
  ...["app_stasis", "res_stasis", "res_stasis_answer", "res_stasis_playback", "res_stasis_recording"],
  ...["res_stasis_snoop", "res_ari", "res_ari_model", "res_ari_applications", "res_ari_asterisk"],
  ...["res_ari_channels", "res_ari_endpoints", "res_ari_events", "res_ari_playbacks", "res_ari_recordings"],
  ...["res_http_websocket", "res_websocket_client", "chan_pjsip", "res_pjsip", "res_pjsip_session"],
  ...[
    "res_pjsip_sdp_rtp",
    "res_rtp_asterisk",
    "res_timing_timerfd",
    "codec_alaw",
    "format_pcm",
    "format_wav",
  ],
  ...["func_channel", "func_callerid", "func_timeout", "func_talkdetect", "res_tonedetect"],
];
