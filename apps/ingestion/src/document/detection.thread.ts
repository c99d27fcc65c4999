import { type Detection, detect } from '#libs/conversion';

/** The program of a detection thread. */
export default function run(bytes: Uint8Array): Detection {
  return detect(bytes);
}
