"use client";
import { useEffect, useState } from "react";
import { chat } from "../chat.js";

export default function Page() {
  const [said, setSaid] = useState("…");
  useEffect(() => {
    chat().then(setSaid, (error) => setSaid(String(error)));
  }, []);
  return <title>{said}</title>;
}
