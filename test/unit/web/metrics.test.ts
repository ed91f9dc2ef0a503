import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { repositoryFile } from "#rehearsal/repository.ts";
import { createMetrics } from "#web/metrics.ts";
import { goodNode, goodVitals, goodWork } from "../../support/vitals.ts";

/** Every sample's name with its labels and value. */
const samples = (text: string) =>
  new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => line.split(/ (?=[^ ]+$)/) as [string, string]),
  );

describe("metrics", () => {
  it("count what happens in calls", async () => {
    const metrics = createMetrics();
    metrics.attemptStarted();
    metrics.attemptEnded("completed");
    metrics.attemptEnded("completed");
    metrics.attemptEnded("busy");
    metrics.firstAudio(80);
    metrics.silentCall();
    metrics.keyToPrompt(640);
    metrics.storyKept(1_500);
    metrics.takenOver(1_200);
    metrics.promptFellBack("cy-GB");
    metrics.promptMissing("cy-GB");
    metrics.request("GET", "/api/v1/results", 200);
    const seen = samples(await metrics.text(goodVitals()));
    expect(seen.get("hearback_attempts_started_total")).toBe("1");
    expect(seen.get('hearback_attempts_ended_total{disposition="completed"}')).toBe("2");
    expect(seen.get('hearback_first_audio_seconds_bucket{le="0.1"}')).toBe("1");
    expect(seen.get("hearback_first_audio_seconds_sum")).toBe("0.08");
    expect(seen.get("hearback_silent_calls_total")).toBe("1");
    expect(seen.get('hearback_key_to_prompt_seconds_bucket{le="0.5"}')).toBe("0");
    expect(seen.get('hearback_key_to_prompt_seconds_bucket{le="0.75"}')).toBe("1");
    expect(seen.get("hearback_story_kept_seconds_sum")).toBe("1.5");
    expect(seen.get('hearback_prompt_fallbacks_total{language="cy-GB"}')).toBe("1");
    expect(seen.get('hearback_prompts_missing_total{language="cy-GB"}')).toBe("1");
    expect(seen.get('hearback_http_requests_total{method="GET",route="/api/v1/results",status="200"}')).toBe(
      "1",
    );
  });

  it("show how it is when they are asked for", async () => {
    const work = { ...goodWork, openAlerts: { "node-deaf": 1 } };
    const database = { kind: "there", clock: { differenceMs: -40, uncertainMs: 1 }, work } as const;
    const seen = samples(await createMetrics().text(goodVitals({ database, maxCalls: 60 })));
    expect(Object.fromEntries([...seen].filter(([name]) => name.startsWith("hearback_")))).toMatchObject({
      hearback_ready: "1",
      hearback_dialling_allowed: "1",
      hearback_calls_live: "3",
      hearback_calls_limit: "60",
      'hearback_asterisk_ready{node="asterisk.example:8088"}': "1",
      'hearback_ami_connected{node="asterisk.example:8088"}': "1",
      'hearback_asterisk_calls{node="asterisk.example:8088"}': "3",
      hearback_database_up: "1",
      hearback_clock_difference_seconds: "-0.04",
      hearback_clock_apart: "0",
      hearback_story_disk_free_bytes: "50000000000",
      'hearback_promises{state="kept"}': "30",
      'hearback_promises{state="broken"}': "0",
      'hearback_jobs_waiting{task="transcribe"}': "2",
      'hearback_jobs_failed{task="transcribe"}': "1",
      'hearback_jobs_oldest_seconds{task="transcribe"}': "12.5",
      'hearback_transcripts{state="waiting"}': "2",
      'hearback_transcripts_oldest_seconds{state="waiting"}': "60",
      'hearback_campaigns{state="permitted"}': "1",
      'hearback_visits{state="due"}': "17",
      'hearback_alerts_open{kind="node-deaf"}': "1",
    });
    expect(seen.has("process_cpu_seconds_total")).toBe(true);
  });

  it("show nothing that nobody could look at, and nothing of before", async () => {
    const metrics = createMetrics();
    await metrics.text(goodVitals());
    const node = { ...goodNode, ari: "lost" as const, ami: null, calls: null };
    const seen = samples(
      await metrics.text(
        goodVitals({
          nodes: [node],
          database: { kind: "away" },
          disk: { kind: "unreadable" },
          notDialling: "x",
        }),
      ),
    );
    expect(seen.get("hearback_ready")).toBe("0");
    expect(seen.get("hearback_dialling_allowed")).toBe("0");
    expect(seen.get("hearback_database_up")).toBe("0");
    expect(seen.get('hearback_asterisk_ready{node="asterisk.example:8088"}')).toBe("0");
    expect(seen.get("hearback_clock_difference_seconds")).toBe("Nan");
    expect(seen.get("hearback_story_disk_free_bytes")).toBe("Nan");
    const names = [...seen.keys()].join("\n");
    expect(names).not.toMatch(/hearback_(?:promises|jobs_waiting|ami_connected|asterisk_calls)\{/);
  });

  it("name nobody and no number", async () => {
    const text = await createMetrics().text(goodVitals());
    expect(text).not.toMatch(/7700900|visit_ref|phone=/);
  });
});

describe("the Grafana dashboard", () => {
  const text = readFileSync(repositoryFile("docker/grafana/hearback.json"), "utf8");
  const dashboard = JSON.parse(text);
  const expressions: string[] = dashboard.panels.flatMap((panel: { targets?: { expr: string }[] }) =>
    (panel.targets ?? []).map(({ expr }) => expr),
  );

  it("draws metrics that there are, by labels that they have", async () => {
    const exposed = await createMetrics().text(goodVitals());
    const types = new Map(
      [...exposed.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]),
    );
    const names = [...types].flatMap(([name, type]) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    );
    const drawn = expressions.flatMap((expr) => expr.match(/\b(?:hearback|process|nodejs)_\w+/g) ?? []);
    expect(drawn.length).toBeGreaterThan(15);
    expect(drawn.filter((name) => !names.includes(name))).toEqual([]);
    // And none of ours is forgotten.
    const ours = [...types.keys()].filter((name) => name.startsWith("hearback_"));
    expect(ours.filter((name) => !drawn.some((one) => one.startsWith(name)))).toEqual([]);
  });

  it("has panels of its own place and name, and asks whichever Prometheus there is", () => {
    const ids = dashboard.panels.map(({ id }: { id: number }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { title, gridPos } of dashboard.panels) {
      expect(title).not.toBe("");
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    }
    expect(text).not.toMatch(/https?:\/\//);
  });
});
