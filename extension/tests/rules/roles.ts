// Roles as HTML-AAM, ARIA in HTML and WAI-ARIA give them, one line of HTML each. `x` is the element asked for; '' is generic,
// 'none' presentational. The cases are ours, the facts are the specifications'.

export interface RoleCase {
  readonly html: string;
  readonly role: string;
}

const one = (html: string, role: string): RoleCase => ({ html, role });

/** HTML-AAM, "HTML element role mappings": tags whose role hangs on nothing else. */
const plain: Record<string, string> = {
  '<a id=x>t</a>': '', '<a id=x href=#>t</a>': 'link', '<abbr id=x>t</abbr>': '', '<address id=x>t</address>': 'group',
  '<article id=x>t</article>': 'article', '<aside id=x>t</aside>': 'complementary', '<b id=x>t</b>': '', '<bdi id=x>t</bdi>': '',
  '<blockquote id=x>t</blockquote>': 'blockquote', '<button id=x>t</button>': 'button', '<cite id=x>t</cite>': '',
  '<code id=x>t</code>': 'code', '<data id=x value=1>t</data>': '', '<del id=x>t</del>': 'deletion', '<details id=x open><summary>s</summary>t</details>': 'group',
  '<dfn id=x>t</dfn>': 'term', '<dialog id=x open>t</dialog>': 'dialog', '<div id=x>t</div>': '', '<em id=x>t</em>': 'emphasis',
  '<fieldset id=x><input></fieldset>': 'group', '<figure id=x>t</figure>': 'figure', '<h1 id=x>t</h1>': 'heading', '<h6 id=x>t</h6>': 'heading',
  '<hgroup id=x><h1>t</h1></hgroup>': 'group', '<hr id=x>': 'separator', '<i id=x>t</i>': '', '<ins id=x>t</ins>': 'insertion', '<kbd id=x>t</kbd>': '',
  '<main id=x>t</main>': 'main', '<mark id=x>t</mark>': 'mark', '<math id=x><mi>x</mi></math>': 'math', '<menu id=x><li>t</menu>': 'list',
  '<meter id=x value=0.5></meter>': 'meter', '<nav id=x>t</nav>': 'navigation', '<ol id=x><li>t</ol>': 'list', '<output id=x>t</output>': 'status',
  '<p id=x>t</p>': 'paragraph', '<pre id=x>t</pre>': '', '<progress id=x value=0.5></progress>': 'progressbar', '<q id=x>t</q>': '',
  '<s id=x>t</s>': 'deletion', '<samp id=x>t</samp>': '', '<search id=x>t</search>': 'search', '<small id=x>t</small>': '', '<span id=x>t</span>': '',
  '<strong id=x>t</strong>': 'strong', '<sub id=x>t</sub>': 'subscript', '<sup id=x>t</sup>': 'superscript', '<textarea id=x></textarea>': 'textbox',
  '<time id=x>t</time>': 'time', '<u id=x>t</u>': '', '<ul id=x><li>t</ul>': 'list', '<var id=x>t</var>': '',
  '<dl><dt id=x>t<dd>d</dl>': 'term', '<dl><dt>t<dd id=x>d</dl>': 'definition', '<table><caption id=x>c</caption><tr><td>t</table>': 'caption',
};

/** HTML-AAM: the types of input. */
const inputs: Record<string, string> = {
  '': 'textbox', 'type=text': 'textbox', 'type=email': 'textbox', 'type=tel': 'textbox', 'type=url': 'textbox', 'type=bogus': 'textbox',
  'type=search': 'searchbox', 'type=number': 'spinbutton', 'type=range': 'slider', 'type=checkbox': 'checkbox', 'type=radio': 'radio',
  'type=button value=b': 'button', 'type=submit': 'button', 'type=reset': 'button', 'type=image alt=a': 'button',
  'list=l': 'combobox', 'type=search list=l': 'combobox', 'type=email list=l': 'combobox', 'type=checkbox aria-pressed=true': 'button',
  'type=checkbox role=switch': 'switch', 'type=text role=combobox': 'combobox', 'type=text role=none': 'textbox',
};

/** What hangs on attributes, on the place in the page, or on the table around. */
const placed: RoleCase[] = [
  one('<img id=x alt=a src=data:,>', 'img'), one('<img id=x alt="" src=data:,>', 'none'), one('<img id=x alt="" aria-label=a src=data:,>', 'img'), one('<img id=x alt="" title=a src=data:,>', 'img'),
  one('<map name=m><area id=x href=# alt=a shape=rect coords="0,0,9,9"></map><img usemap=#m alt=i src=data:, width=9 height=9>', 'link'),
  one('<select id=x><option>o</select>', 'combobox'), one('<select id=x multiple><option>o</select>', 'listbox'), one('<select id=x size=3><option>o</select>', 'listbox'),
  one('<select id=x size=1><option>o</select>', 'combobox'), one('<select multiple><option id=x>o</select>', 'option'), one('<select multiple><optgroup id=x label=g><option>o</optgroup></select>', 'group'),
  one('<section id=x>t</section>', ''), one('<section id=x aria-label=a>t</section>', 'region'), one('<section id=x title=a>t</section>', 'region'), one('<section id=x aria-labelledby=nowhere>t</section>', ''),
  one('<form id=x><input></form>', ''), one('<form id=x aria-label=a><input></form>', 'form'), one('<form id=x aria-labelledby=n><b id=n>N</b></form>', 'form'),
  one('<header id=x>t</header>', 'banner'), one('<main><header id=x>t</header></main>', ''), one('<article><header id=x>t</header></article>', ''), one('<div><header id=x>t</header></div>', 'banner'),
  one('<footer id=x>t</footer>', 'contentinfo'), one('<section><footer id=x>t</footer></section>', ''), one('<aside><footer id=x>t</footer></aside>', ''), one('<nav><div><footer id=x>t</footer></div></nav>', ''),
  one('<article><aside id=x>t</aside></article>', ''), one('<article><aside id=x aria-label=a>t</aside></article>', 'complementary'), one('<main><aside id=x>t</aside></main>', 'complementary'),
  one('<ul><li id=x>t</ul>', 'listitem'), one('<div><li id=x>t</div>', ''), one('<ul role=none><li id=x>t</ul>', ''), one('<div role=list><li id=x>t</li></div>', 'listitem'), one('<ul role=menu><li id=x role=menuitem>t</ul>', 'menuitem'),
  one('<table id=x><tr><th>a<td>b</table>', 'table'), one('<table><tr id=x><td>t</table>', 'row'), one('<table><tbody id=x><tr><td>t</table>', 'rowgroup'), one('<table><thead id=x><tr><th>t</thead></table>', 'rowgroup'),
  one('<table><tr><th>h<tr><td id=x>t</table>', 'cell'), one('<table role=grid><tr><td id=x>t</table>', 'gridcell'), one('<table role=treegrid><tr><td id=x>t</table>', 'gridcell'), one('<table role=none><tr><td id=x>t</table>', ''), one('<table role=presentation><tr id=x><td>t</table>', ''),
  one('<table><tr><th id=x scope=col>h<tr><td>t</table>', 'columnheader'), one('<table><tr><th id=x scope=row>h<td>t</table>', 'rowheader'), one('<table><thead><tr><th id=x>h</thead><tbody><tr><td>t</table>', 'columnheader'),
  one('<table><tr><th>a<th>b<tr><th id=x>h<td>t</table>', 'rowheader'), one('<table><tr><th id=x scope=colgroup colspan=2>h<tr><td>t<td>u</table>', 'columnheader'),
  one('<details open><summary id=x>s</summary>t</details>', 'button'), one('<svg id=x role=img aria-label=a width=9 height=9></svg>', 'img'),
];

/** WAI-ARIA: the role attribute, its fallbacks, and where the tag's own role wins. */
const explicit: RoleCase[] = [
  one('<div id=x role=button>t</div>', 'button'), one('<div id=x role=BUTTON>t</div>', 'button'), one('<div id=x role=" bogus  button link">t</div>', 'button'), one('<button id=x role=bogus>t</button>', 'button'),
  one('<div id=x role=presentation>t</div>', 'none'), one('<h1 id=x role=none>t</h1>', 'none'), one('<h1 id=x role=none tabindex=0>t</h1>', 'heading'), one('<button id=x role=none>t</button>', 'button'), one('<a id=x href=# role=presentation>t</a>', 'link'),
  one('<h1 id=x role=none aria-describedby=x>t</h1>', 'heading'), one('<button id=x role=link>t</button>', 'link'), one('<div id=x role=image aria-label=a>t</div>', 'img'), one('<div id=x role=generic>t</div>', ''),
  one('<section id=x role=region>t</section>', ''), one('<div id=x role=region aria-label=a>t</div>', 'region'), one('<div id=x role=form aria-label=a>t</div>', 'form'), one('<div id=x role=search>t</div>', 'search'), one('<div id=x role="region group">t</div>', 'group'),
  one('<div id=x role=alert>t</div>', 'alert'), one('<div id=x role=alertdialog aria-label=a>t</div>', 'alertdialog'), one('<div id=x role=log>t</div>', 'log'), one('<div id=x role=tooltip>t</div>', 'tooltip'), one('<div id=x role=toolbar>t</div>', 'toolbar'),
  one('<div role=tablist><div id=x role=tab>t</div></div>', 'tab'), one('<div role=tablist id=x><div role=tab>t</div></div>', 'tablist'), one('<div id=x role=tabpanel>t</div>', 'tabpanel'), one('<div role=tree><div id=x role=treeitem>t</div></div>', 'treeitem'),
  one('<div role=menubar id=x><div role=menuitem>t</div></div>', 'menubar'), one('<div role=menu><div id=x role=menuitemcheckbox aria-checked=true>t</div></div>', 'menuitemcheckbox'), one('<div role=radiogroup id=x><div role=radio aria-checked=true>t</div></div>', 'radiogroup'),
  one('<div role=listbox><div id=x role=option>t</div></div>', 'option'), one('<div id=x role=combobox tabindex=0 aria-expanded=false>t</div>', 'combobox'), one('<div id=x role=slider tabindex=0 aria-valuenow=5>t</div>', 'slider'), one('<div id=x role=spinbutton tabindex=0 aria-valuenow=5>t</div>', 'spinbutton'),
  one('<div id=x role=doc-toc>t</div>', 'navigation'), one('<div id=x role=doc-pagebreak>t</div>', 'separator'), one('<div id=x role=graphics-document aria-label=a>t</div>', 'img'), one('<div id=x role=timer>t</div>', 'timer'), one('<div id=x role=status>t</div>', 'status'), one('<div id=x role=feed>t</div>', 'feed'),
];

export const ROLE_CASES: readonly RoleCase[] = [
  ...Object.entries(plain).map(([html, role]) => one(html, role)),
  ...Object.entries(inputs).map(([attributes, role]) => one(`<datalist id=l><option>o</datalist><input id=x ${attributes}>`, role)),
  ...placed,
  ...explicit,
];
