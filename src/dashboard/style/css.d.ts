/** Style sheets are bundled into one file, and give nothing to who imports them. */
declare module "*.css";
