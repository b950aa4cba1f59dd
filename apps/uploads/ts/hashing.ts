/** SHA-256 in lower-case hex, as the contract wants it. Needs a secure context (crypto.subtle exists nowhere else). */
export async function sha256Hex(bytes: BufferSource): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
