import type { NextConfig } from "next";

export default {
  // This folder, whatever lies above it.
  turbopack: { root: import.meta.dirname },
} satisfies NextConfig;
