import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../src/core/invariant.ts";
import { Drive, eventText, ops } from "./drive.ts";

describe("applying", () => {
  test("slots are applied in order, each once", () => {
    const drive = new Drive();
    drive.run(ops.put("a", "1"));
    expect(() => drive.machine.apply(1, { id: "again", commands: [] })).toThrow(InvariantViolation);
    expect(() => drive.machine.apply(3, { id: "gap", commands: [] })).toThrow(InvariantViolation);
    expect(drive.machine.appliedUpTo).toBe(1);
  });

  test("an entry without commands is a NOOP: the slot is applied and nothing else changes", () => {
    const drive = new Drive();
    const before = drive.machine.digest;
    expect(drive.entry()).toEqual({ results: [], events: [] });
    expect(drive.machine.appliedUpTo).toBe(1);
    expect(drive.machine.revision).toBe(1);
    expect(drive.machine.digest).not.toBe(before);
  });

  test("a batch gives each command its own revision and its own result", () => {
    const drive = new Drive();
    const commands = [ops.put("a", "1"), ops.del("x"), ops.put("a", "2")].map((op) => drive.command(op));
    const { results, events } = drive.entry(...commands);
    expect(results.map((result) => result.revision)).toEqual([2, 2, 3]);
    expect(events.map(eventText)).toEqual(["put a=1@2", "put a=2@3"]);
  });
});
