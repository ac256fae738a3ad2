/** Whether there is time for much of what is generated or repeated: `npm test -- --long` sets the environment variable LONG. */
export const isLong = process.env.LONG === "1";
