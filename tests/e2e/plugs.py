"""Cameras and microphones that a test unplugs, and cameras whose shutter it closes.

A stopped track tells nobody, an unplugged one says it has ended; one behind a shutter lives on, muted by its source.
"""

PLUGS = """
globalThis.opened = [];
const open = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = async function (wanted) {
  const stream = await open.call(this, wanted);
  opened.push(...stream.getTracks());
  return stream;
};
globalThis.unplug = (kind) => {
  for (const track of opened.filter((track) => track.kind === kind && track.readyState === "live")) {
    track.stop();
    track.dispatchEvent(new Event("ended"));
  }
};
globalThis.shut = (isShut) => {
  for (const track of opened.filter((track) => track.kind === "video" && track.readyState === "live")) {
    Object.defineProperty(track, "muted", { value: isShut, configurable: true });
    track.dispatchEvent(new Event(isShut ? "mute" : "unmute"));
  }
};
"""
