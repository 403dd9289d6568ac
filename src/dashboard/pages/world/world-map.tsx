import { geoEqualEarth, geoInterpolate, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import atlas from "world-atlas/land-110m.json";
import type { RoundJson, TelemetryFrame } from "../../../api/telemetry-frame.ts";
import { PLACES } from "../../../network/place.ts";
import { isRegion } from "../../../network/region.ts";
import { decidedMs } from "../../data/telemetry.ts";
import { duration, regionName } from "../../parts/format.ts";

export interface MapProps {
  readonly frame: TelemetryFrame;
  /** The round of votes to show. */
  readonly round: RoundJson | undefined;
}

const WIDTH = 960;
const HEIGHT = 440;
const projection = geoEqualEarth()
  .rotate([-150, 0])
  .fitExtent(
    [
      [4, 4],
      [WIDTH - 4, HEIGHT - 4],
    ],
    // What lies south of Tierra del Fuego or north of Alaska has no region.
    {
      type: "MultiPoint",
      coordinates: [
        [-30.1, 0],
        [-29.9, 0],
        [150, 74],
        [150, -57],
      ],
    },
  );
const path = geoPath(projection);
const topology = atlas as unknown as Topology<{ readonly land: GeometryCollection }>;
const LAND = path(feature(topology, topology.objects.land)) ?? "";
/** A round that took no time to speak of is shown for long enough to be seen. */
const SHOWN_MS_MIN = 250;

export function Map({ frame, round }: MapProps) {
  const { status, region } = frame;
  const up = status.acceptors.filter(({ reachable }) => reachable).length;
  const label = `Map of ${status.acceptors.length} regions, ${up} of them reachable; the table below has the same`;
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} class="map" role="img" aria-label={label}>
      <path d={LAND} class="land" />
      {round === undefined ? null : <Arcs key={round.id} round={round} quorum={frame.quorum} />}
      {status.acceptors.map((acceptor) => (
        <Node
          key={acceptor.region}
          region={acceptor.region}
          isUp={acceptor.reachable || acceptor.silent === "blank"}
          isLeader={status.mode.kind === "leader" && status.mode.where === acceptor.region}
          isHere={acceptor.region === region}
          tripMs={acceptor.round_trip_ms}
        />
      ))}
    </svg>
  );
}

function placeOf(region: string): readonly [number, number] | undefined {
  if (!isRegion(region)) return undefined;
  const { latitude, longitude } = PLACES[region];
  return projection([longitude, latitude]) ?? undefined;
}

interface NodeProps {
  readonly region: string;
  readonly isUp: boolean;
  readonly isLeader: boolean;
  readonly isHere: boolean;
  readonly tripMs: number | undefined;
}

function Node({ region, isUp, isLeader, isHere, tripMs }: NodeProps) {
  const at = placeOf(region);
  if (at === undefined) return null;
  const [x, y] = at;
  const trip = !isUp ? "no answer" : isHere ? "here" : tripMs === undefined ? "" : duration(tripMs);
  return (
    <g class={`node ${isUp ? "is-up" : "is-down"} ${isHere ? "is-here" : ""}`} transform={`translate(${x} ${y})`}>
      <title>{`${regionName(region)}: ${isUp ? "answers" : "does not answer"}`}</title>
      {isLeader ? <circle r="13" class="leader-ring" /> : null}
      <circle r="8" />
      {isUp ? null : <path d="M-4 -4 4 4M4 -4 -4 4" class="cross" />}
      <text y="-14">{`${region}${isLeader ? " · leader" : ""}`}</text>
      <text y="24" class="trip">
        {trip}
      </text>
    </g>
  );
}

function Arcs({ round, quorum }: { readonly round: RoundJson; readonly quorum: TelemetryFrame["quorum"] }) {
  const decided = decidedMs(round, quorum);
  return (
    <g class="arcs" aria-hidden="true">
      {round.votes.map(({ region, reply, ms }) => {
        const isLate = decided !== undefined && (ms ?? Number.POSITIVE_INFINITY) > decided;
        const tone = reply === "voted" ? (isLate ? "late" : "counted") : reply === "waiting" ? "late" : "refused";
        const shownMs = Math.max(SHOWN_MS_MIN, ms ?? SHOWN_MS_MIN);
        return (
          <path
            key={region}
            d={arc(round.from, region)}
            pathLength={1}
            class={`arc arc-${tone}`}
            style={{ animationDuration: `${shownMs}ms` }}
          />
        );
      })}
    </g>
  );
}

/** The shortest way over the globe; on the map it may leave at one edge and come back at the other. */
function arc(from: string, to: string): string {
  if (!isRegion(from) || !isRegion(to) || from === to) return "";
  const start = PLACES[from];
  const end = PLACES[to];
  const between = geoInterpolate([start.longitude, start.latitude], [end.longitude, end.latitude]);
  const coordinates = Array.from({ length: 33 }, (_, step) => between(step / 32));
  return path({ type: "LineString", coordinates }) ?? "";
}
