// Names as accname 1.2, HTML-AAM and SVG-AAM compute them, one line of HTML each, in the order of accname's steps. `x` is the
// element asked for. The cases are ours, the facts are the specifications'.

export interface NameCase {
  readonly step: string;
  readonly html: string;
  readonly name: string;
}

const STEPS: Record<string, Record<string, string>> = {
  'prohibited: roles that have no name': {
    '<span id=x aria-label=a>t</span>': '', '<p id=x aria-label=a>t</p>': '', '<strong id=x aria-label=a>t</strong>': '', '<code id=x aria-labelledby=y>t</code><i id=y>n</i>': '', '<em id=x title=a>t</em>': '',
  },
  '2A: what is hidden is left out, unless it is what was pointed to': {
    '<button id=x>Save<span hidden> all</span></button>': 'Save', '<button id=x>Save<span style=display:none> all</span></button>': 'Save', '<button id=x>Save<span style=visibility:hidden> all</span></button>': 'Save',
    '<button id=x><span aria-hidden=true>→</span>Next</button>': 'Next', '<button id=x>Save<span style=visibility:hidden> a<b style=visibility:visible> now</b></span></button>': 'Save now',
    '<i id=y hidden>Hidden name</i><button id=x aria-labelledby=y>t</button>': 'Hidden name', '<i id=y style=display:none>Hidden <b>name</b></i><button id=x aria-labelledby=y>t</button>': 'Hidden name',
    '<label for=x hidden>Hidden label</label><input id=x>': 'Hidden label', '<i id=y>Seen <b hidden>not</b></i><button id=x aria-labelledby=y>t</button>': 'Seen', '<i id=y aria-hidden=true>Off tree</i><button id=x aria-labelledby=y>t</button>': 'Off tree',
    '<button id=x>Go<script>no()</script><style>b{}</style><template>t</template></button>': 'Go', '<span style=display:none><b id=y>Deep</b></span><button id=x aria-labelledby=y>t</button>': 'Deep',
  },
  '2B: aria-labelledby': {
    '<i id=a>One</i><i id=b>Two</i><button id=x aria-labelledby="b a">t</button>': 'Two One', '<button id=x aria-label=Delete aria-labelledby="x f">t</button><i id=f>file.txt</i>': 'Delete file.txt',
    '<button id=x aria-labelledby=nowhere>Own</button>': 'Own', '<button id=x aria-labelledby="nowhere a">t</button><i id=a>There</i>': 'There', '<button id=x aria-labelledby="">Own</button>': 'Own',
    '<i id=a aria-labelledby=b>A</i><i id=b>B</i><button id=x aria-labelledby=a>t</button>': 'A', '<i id=a aria-label=Label>text</i><button id=x aria-labelledby=a>t</button>': 'Label',
    '<img id=a alt=Picture src=data:,><button id=x aria-labelledby=a>t</button>': 'Picture', '<i id=a title=Tip></i><button id=x aria-labelledby=a>t</button>': 'Tip', '<nav id=x aria-labelledby=a><h2 id=a>Main menu</h2></nav>': 'Main menu',
    '<i id=a>A</i><input id=x aria-labelledby=a aria-label=no title=no placeholder=no>': 'A', '<div role=group id=x aria-labelledby=a><b id=a>Group</b></div>': 'Group', '<i id=a>A</i><button id=x aria-labelledby=a aria-label=no>no</button>': 'A',
    '<button id=x><b aria-labelledby=a>no</b></button><i id=a>Inner</i>': 'Inner', '<i id=a>Price </i><input id=x value=5 aria-labelledby="a x">': 'Price 5',
    '<i id=a>A</i><button id=x aria-labelledby=" a\n a ">t</button>': 'A A', '<select id=a><option>1<option selected>2</select><button id=x aria-labelledby=a>t</button>': '2',
  },
  '2C: a field within a name tells its value': {
    '<input type=checkbox id=x><label for=x>Flash <input value=3> times</label>': 'Flash 3 times', '<label><input type=checkbox id=x> Flash <select><option>1<option selected>4</select> times</label>': 'Flash 4 times',
    '<input type=checkbox id=x><label for=x>Level <input type=range min=1 max=9 value=5></label>': 'Level 5', '<input type=checkbox id=x><label for=x>Level <b role=slider aria-valuenow=5 aria-valuetext=high></b></label>': 'Level high',
    '<input type=checkbox id=x><label for=x>Level <b role=spinbutton aria-valuenow=7></b></label>': 'Level 7', '<input type=checkbox id=x><label for=x>Say <b role=textbox>hello</b> now</label>': 'Say hello now',
    '<input type=checkbox id=x><label for=x>Use <textarea>many words</textarea></label>': 'Use many words', '<input type=checkbox id=x><label for=x>Pick <b role=listbox><b role=option>one</b><b role=option aria-selected=true>two</b></b></label>': 'Pick two',
    '<input type=checkbox id=x><label for=x>Flash <input value=3 aria-label=number> times</label>': 'Flash 3 times', '<input type=checkbox id=x><label for=x>Pass <input type=password value=secret> on</label>': 'Pass on',
    '<label for=x>Wait <input value=5> minutes <input type=checkbox id=x></label>': 'Wait 5 minutes', '<label>Wait <input value=5> minutes <input type=checkbox id=x></label>': '', '<button id=x>Set <input value=9> now</button>': 'Set 9 now',
  },
  '2D: aria-label': {
    '<button id=x aria-label=" Close  it ">t</button>': 'Close it', '<button id=x aria-label="">Own</button>': 'Own', '<button id=x aria-label="  ">Own</button>': 'Own', '<img id=x alt=alt aria-label=label src=data:,>': 'label',
    '<nav id=x aria-label=Main>t</nav>': 'Main', '<button id=x><b aria-label=Star>★</b> it</button>': 'Star it', '<label for=x>no</label><input id=x aria-label=Yes>': 'Yes', '<div id=x role=img aria-label="Five of six">*****</div>': 'Five of six',
    '<a id=x href=#><img alt=no aria-label=Home src=data:,></a>': 'Home', '<table id=x aria-label=Prices><caption>no</caption><tr><td>t</table>': 'Prices', '<div id=x role=dialog aria-label="Sign in">t</div>': 'Sign in',
  },
  '2E: what the tag offers (HTML-AAM)': {
    '<label for=x>Mail</label><input id=x>': 'Mail', '<label>Mail <input id=x></label>': 'Mail', '<label for=x>One</label><label for=x>Two</label><input id=x>': 'One Two', '<label for=x>Notes</label><textarea id=x>text</textarea>': 'Notes',
    '<label for=x>Size</label><select id=x><option>S</select>': 'Size', '<label>Volume <meter id=x value=0.5></meter></label>': 'Volume', '<label>Done <progress id=x value=0.5></progress></label>': 'Done', '<label for=x>Sum</label><output id=x>5</output>': 'Sum',
    '<label for=x>Label</label><button id=x>text</button>': 'Label', '<label for=x><b>A</b> <i>B</i></label><input id=x>': 'A B', '<label for=x aria-label=Aria>text</label><input id=x>': 'Aria', '<input id=x type=button value=Go>': 'Go', '<input id=x type=submit value="Send it">': 'Send it',
    '<input id=x type=submit>': 'Submit', '<input id=x type=reset>': 'Reset', '<input id=x type=button>': '', '<label for=x>L</label><input id=x type=submit value=V>': 'L', '<input id=x type=image alt=Find src=data:,>': 'Find',
    '<input id=x type=image title=Seek src=data:,>': 'Seek', '<input id=x type=image src=data:,>': 'Submit', '<img id=x alt="A cat" src=data:,>': 'A cat', '<img id=x title=T src=data:,>': 'T', '<img id=x src=data:,>': '',
    '<map name=m><area id=x href=# alt=North shape=rect coords="0,0,9,9"></map><img usemap=#m alt=i src=data:, width=9 height=9>': 'North', '<fieldset id=x><legend>Colour</legend><input></fieldset>': 'Colour', '<fieldset id=x title=T><input></fieldset>': 'T',
    '<fieldset id=x><legend>Say <b>it</b></legend><input></fieldset>': 'Say it', '<table id=x><caption>Prices</caption><tr><td>t</table>': 'Prices', '<table id=x title=T><tr><th>a<td>t</table>': 'T', '<figure id=x>t<figcaption>A cat</figcaption></figure>': 'A cat',
    '<svg id=x role=img width=9 height=9><title>Menu</title><path d=""/></svg>': 'Menu', '<iframe id=x title=Frame src=about:blank></iframe>': 'Frame', '<select multiple><optgroup id=x label=Group><option>o</optgroup></select>': 'Group', '<select multiple><option id=x label=Shown>text</select>': 'Shown',
    '<fieldset id=x aria-label=A><legend>L</legend><input></fieldset>': 'A', '<details id=x open><summary>S</summary>t</details>': '', '<label for=x><img alt=Icon src=data:,> Mail</label><input id=x>': 'Icon Mail', '<input id=x value=typed>': '',
  },
  '2F and 2H: the text inside': {
    '<button id=x>Save</button>': 'Save', '<button id=x> Save \n all </button>': 'Save all', '<a id=x href=#>Home</a>': 'Home', '<h2 id=x>Title <small>sub</small></h2>': 'Title sub', '<button id=x><b>Sa</b><i>ve</i></button>': 'Save',
    '<button id=x><div>One</div><div>Two</div></button>': 'One Two', '<button id=x>One<br>Two</button>': 'One Two', '<button id=x><img alt=Search src=data:,></button>': 'Search', '<button id=x><img alt="" src=data:,>Find</button>': 'Find',
    '<a id=x href=#><svg width=9 height=9><title>Cart</title></svg></a>': 'Cart', '<div id=x role=button>Do it</div>': 'Do it', '<div id=x role=checkbox aria-checked=false>Agree</div>': 'Agree', '<div role=menu><div id=x role=menuitem>Open</div></div>': 'Open',
    '<div role=tablist><div id=x role=tab>First</div></div>': 'First', '<div role=tree><div id=x role=treeitem>Leaf</div></div>': 'Leaf', '<div role=listbox><div id=x role=option>Red</div></div>': 'Red', '<div role=radiogroup><div id=x role=radio aria-checked=false>R</div></div>': 'R',
    '<div id=x role=switch aria-checked=true>On</div>': 'On', '<div id=x role=tooltip>Hint</div>': 'Hint', '<table><tr><th>h<tr><td id=x>cell</table>': 'cell', '<table><tr><th id=x>head<tr><td>t</table>': 'head', '<table role=grid><tr id=x><td>a<td>b</table>': 'a b', '<details open><summary id=x>More</summary>t</details>': 'More',
    '<nav id=x>Not by content</nav>': '', '<ul><li id=x>Not by content</ul>': '', '<div id=x role=dialog>Not by content</div>': '', '<main id=x>Not</main>': '', '<div id=x role=group>Not</div>': '', '<div id=x role=textbox contenteditable>Not</div>': '',
    '<style>.b::before{content:"Pre "}.a::after{content:" post"}</style><button id=x class="b a">mid</button>': 'Pre mid post', '<style>.b::before{content:"Pre"}</style><button id=x><span class=b></span></button>': 'Pre', '<style>.b::before{content:"★" / "Star"}</style><button id=x class=b></button>': 'Star',
    '<button id=x><b role=none>In</b>ner</button>': 'Inner', '<button id=x aria-owns=o>Own</button><b id=o>ed</b>': 'Own ed', '<button id=x><ul><li>a<li>b</ul></button>': 'a b', '<h1 id=x>A <a href=#>link</a> in</h1>': 'A link in', '<a id=x href=#><h3>Head</h3><p>Text</p></a>': 'Head Text',
    '<button id=x><span style="display:inline-block">A</span><span style="display:inline-block">B</span></button>': 'A B', '<button id=x>🚀 Go&nbsp;now</button>': '🚀 Go now', '<button id=x dir=rtl>שלום עולם</button>': 'שלום עולם', '<button id=x><b aria-label="">Text</b></button>': 'Text',
    '<h2 id=x><b title=T></b></h2>': 'T', '<button id=x><iframe title=no src=about:blank></iframe>Yes</button>': 'no Yes', '<div id=x role=heading aria-level=2><div role=button>Inner</div></div>': 'Inner',
    '<button id=x><span style="position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)">For readers</span></button>': 'For readers',
  },
  '2I: the tooltip, and what an empty field shows': {
    '<button id=x title=Tip></button>': 'Tip', '<button id=x title=Tip>Text</button>': 'Text', '<input id=x title=T placeholder=P>': 'T', '<input id=x placeholder=P>': 'P', '<textarea id=x placeholder=P></textarea>': 'P', '<a id=x href=# title=T></a>': 'T',
    '<label for=x>L</label><input id=x title=T>': 'L', '<div id=x role=textbox tabindex=0 aria-placeholder=P></div>': 'P', '<nav id=x title=T>t</nav>': 'T', '<ul><li id=x title=T>t</ul>': 'T', '<input type=checkbox id=x title=T>': 'T', '<a id=x href=# title=" "></a>': '',
  },
};

export const NAME_CASES: readonly NameCase[] = Object.entries(STEPS).flatMap(([step, cases]) => Object.entries(cases).map(([html, name]) => ({ step, html, name })));
