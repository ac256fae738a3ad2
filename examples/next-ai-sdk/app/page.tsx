"use client";
import dynamic from "next/dynamic";

// The memory is in the browser: nothing of the chat is rendered on the server.
const Chat = dynamic(() => import("./chat"), { ssr: false });

export default function Page() {
  return <Chat />;
}
