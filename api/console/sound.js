// The sound of alarms that nobody has dealt with, made here: two notes for an alarm, three for an
// emergency, again and again until each is acknowledged or silenced.

import { preference } from "./dom.js";

const EVERY_MS = 3000;
const NOTES = { alarm: [880, 660], emergency: [988, 740, 988] };

let audio = null;
let loudness = preference.get("loudness", 0.5);
let sounding = null; // "alarm", "emergency" or null
let timer = null;
let heard = 0;

function note(pitch, at) {
  const [tone, level] = [audio.createOscillator(), audio.createGain()];
  tone.type = "square";
  tone.frequency.value = pitch;
  level.gain.setValueAtTime(0, at);
  level.gain.linearRampToValueAtTime(0.25 * loudness, at + 0.02);
  level.gain.setValueAtTime(0.25 * loudness, at + 0.2);
  level.gain.linearRampToValueAtTime(0, at + 0.24);
  tone.connect(level).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.25);
}

function play(kind) {
  heard += 1;
  NOTES[kind].forEach((pitch, i) => note(pitch, audio.currentTime + 0.28 * i));
}

// Browsers let a page sound only after somebody has touched it: call this when they do.
export async function wake() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") await audio.resume();
}

export const ready = () => audio?.state === "running";
export const plays = () => heard; // how often it has sounded

export async function test() {
  await wake();
  play("alarm");
}

export function sound(kind) {
  if (kind === sounding) return;
  sounding = kind;
  clearInterval(timer);
  timer = null;
  if (!kind) return;
  const again = () => { if (ready()) play(kind); };
  again();
  timer = setInterval(again, EVERY_MS);
}

export const volume = () => loudness;
export function setVolume(value) {
  loudness = value;
  preference.set("loudness", value);
}
