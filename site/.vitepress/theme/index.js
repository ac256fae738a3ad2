// The default theme without its fonts: those of the reader's system are there already.
import theme from "vitepress/theme-without-fonts";
import "./site.css";

export default theme;
