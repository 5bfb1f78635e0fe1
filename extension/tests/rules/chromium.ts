// Where Chromium's own tree says something else than the rules, or says the same by another word; each with the reason why the
// rules are followed all the same. A difference that is not listed here fails the test that compares.

/** Chromium's words for what WAI-ARIA has another or no word for. */
export const CHROMIUM_ROLES: Record<string, string> = {
  generic: '', image: 'img', Abbr: '', Canvas: 'canvas', Date: 'textbox', DateTime: 'textbox', InputTime: 'textbox', ColorWell: 'button', DisclosureTriangle: 'button', Iframe: 'iframe', IframePresentational: 'iframe', LabelText: '',
  LayoutTable: 'table', LayoutTableCell: 'cell', LayoutTableRow: 'row', Legend: '', Figcaption: '', MathMLMath: 'math', MathMLIdentifier: '', MenuListPopup: '', Pre: '', RootWebArea: '', StaticText: '', SvgRoot: '', Video: 'video', Audio: 'audio', Section: '',
  DescriptionList: '', EmbeddedObject: '', PluginObject: '', Ruby: '', sectionheader: '', sectionfooter: '', presentation: 'none', Details: 'group', Time: 'time', 'doc-toc': 'navigation', 'doc-pagebreak': 'separator', 'graphics-document': 'img', strong: 'strong',
};

export const CHROMIUM_RULES: Record<string, string> = {
  '<datalist id=l><option>o</datalist><input id=x type=checkbox aria-pressed=true>': 'HTML-AAM: a checkbox with aria-pressed is a toggle button',
  '<map name=m><area id=x href=# alt=a shape=rect coords="0,0,9,9"></map><img usemap=#m alt=i src=data:, width=9 height=9>': 'Chromium leaves areas out while the image has not loaded',
  '<map name=m><area id=x href=# alt=North shape=rect coords="0,0,9,9"></map><img usemap=#m alt=i src=data:, width=9 height=9>': 'Chromium leaves areas out while the image has not loaded',
  '<form id=x><input></form>': 'a form without a name is no landmark: a line that tells nothing',
  '<div><li id=x>t</div>': 'HTML-AAM: without a list around it is generic',
  '<table><tbody id=x><tr><td>t</table>': 'Chromium takes a table of one cell for layout',
  '<span id=x aria-label=a>t</span>': 'WAI-ARIA: generic has no name',
  '<p id=x aria-label=a>t</p>': 'WAI-ARIA: paragraph has no name',
  '<strong id=x aria-label=a>t</strong>': 'WAI-ARIA: strong has no name',
  '<code id=x aria-labelledby=y>t</code><i id=y>n</i>': 'WAI-ARIA: code has no name',
  '<button id=x>Save<span style=visibility:hidden> a<b style=visibility:visible> now</b></span></button>': 'what is visible again inside of what is not is seen',
  '<label for=x hidden>Hidden label</label><input id=x>': 'accname 2A: a label counts although it is hidden',
  '<input type=checkbox id=x><label for=x>Pass <input type=password value=secret> on</label>': 'not even the number of its letters is told of a secret',
  '<figure id=x>t<figcaption>A cat</figcaption></figure>': 'HTML-AAM: the caption names the figure',
  '<h2 id=x><b title=T></b></h2>': 'accname 2I: a title counts inside of a name as well',
};
