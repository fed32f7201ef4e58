// Shrinks a photo before it is sent. What the camera wrote about place and time (the EXIF segment) is carried over from the
// original as it is: the server reads it there, and an answer typed by a script would be easier to forge.
const LONGEST_SIDE = 1600;
const SMALL_ENOUGH = 600_000;
const QUALITY = 0.82;

/** The file to send: a smaller JPEG, or the original where it is small, no JPEG/PNG/WebP, or the browser cannot decode it. */
export async function shrunk(file) {
  if (file.size <= SMALL_ENOUGH || !["image/jpeg", "image/png", "image/webp"].includes(file.type)) return file;
  try {
    const smaller = await redrawn(file);
    const exif = file.type === "image/jpeg" ? upright(exifOf(new Uint8Array(await file.slice(0, 256 * 1024).arrayBuffer()))) : null;
    const body = exif ? new Blob([smaller.slice(0, 2), exif, smaller.slice(2)], { type: "image/jpeg" }) : smaller;
    return body.size < file.size ? body : file;
  } catch {
    return file;
  }
}

async function redrawn(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", QUALITY);
  });
}

/** The APP1 segment "Exif" of a JPEG, marker and length included; null without one. */
export function exifOf(bytes) {
  let at = 2;
  while (at + 10 < bytes.length && bytes[at] === 0xff) {
    const length = (bytes[at + 2] << 8) + bytes[at + 3];
    const isExif = bytes[at + 1] === 0xe1 && String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === "Exif";
    if (isExif) return at + 2 + length <= bytes.length ? bytes.slice(at, at + 2 + length) : null;
    if (bytes[at + 1] === 0xda) return null;
    at += 2 + length;
  }
  return null;
}

/** The same segment saying "upright", because the canvas has turned the picture already. */
export function upright(segment) {
  if (!segment) return null;
  const view = new DataView(segment.buffer, 10);
  const little = view.getUint16(0) === 0x4949;
  const start = view.getUint32(4, little);
  const count = view.getUint16(start, little);
  for (let entry = start + 2; entry < start + 2 + 12 * count; entry += 12) {
    if (view.getUint16(entry, little) === 0x0112) view.setUint16(entry + 8, 1, little);
  }
  return segment;
}
