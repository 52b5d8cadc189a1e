// PnPjs as it is published: node --require loopback.cjs pnpjs.mjs VERB [NAME], what it found as JSON on standard output.
// NODE_MODULES, CERTIFICATE (a PEM with key) and THUMBPRINT come from the environment of the one who starts it.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const load = (file) => import(pathToFileURL(`${process.env.NODE_MODULES}/@pnp/${file}`));
const { spfi } = await load('sp/index.js');
await load('sp/presets/all.js');
const { graphfi } = await load('graph/index.js');
for (const part of ['batching', 'users/index', 'groups/index', 'invitations/index', 'members/index', 'sites/index']) {
  await load(`graph/${part}.js`);
}
const { SPDefault, GraphDefault } = await load('nodejs/index.js');

const SHAREPOINT = 'https://contoso.sharepoint.com';
const TRIP = `${SHAREPOINT}/sites/trip`;
const application = {
  authority: `https://login.microsoftonline.com/${process.env.TENANT_ID}/`,
  clientId: process.env.CLIENT_ID,
};
const clientCertificate = {
  thumbprint: process.env.THUMBPRINT,
  privateKey: readFileSync(process.env.CERTIFICATE, 'utf8'),
};
// SharePoint takes no token that was bought with a secret; Graph does.
const signIn = (auth, resource) => ({ config: { auth: { ...application, ...auth } }, scopes: [`${resource}/.default`] });
const sp = spfi().using(SPDefault({ baseUrl: TRIP, msal: signIn({ clientCertificate }, SHAREPOINT) }));
const graph = graphfi().using(
  GraphDefault({
    baseUrl: 'https://graph.microsoft.com/v1.0',
    msal: signIn({ clientSecret: 'secret' }, 'https://graph.microsoft.com'),
  }),
);

const addressOf = (name) => `${name}@mail.example`;
const titles = (rows) => rows.map((row) => row.Title ?? row.displayName);
const statusOf = (call) => call.then(() => 200, (error) => error.status);

const verbs = {
  async web() {
    const web = await sp.web.select('Title', 'Url').expand('AssociatedVisitorGroup')();
    const roles = await sp.web.roleDefinitions();
    const current = await sp.web.currentUser();
    const exists = [await sp.site.exists(TRIP), await sp.site.exists(`${SHAREPOINT}/sites/nowhere`)];
    return { title: web.Title, roles: roles.map((role) => role.Name), current: current.Title, exists };
  },
  async list() {
    const { Id } = await sp.web.lists.add('Kit', 'what to bring', 100);
    const list = sp.web.lists.getById(Id);
    await list.fields.addText('Colour');
    for (const [Title, Colour] of [['Boots', 'brown'], ['Hat', 'red'], ['Rope', 'red']]) {
      await list.items.add({ Title, Colour });
    }
    const red = await list.items.select('Id', 'Title').filter("Colour eq 'red'").orderBy('Title', false)();
    await list.items.getById(1).update({ Title: 'Old boots' });
    const pages = [];
    for await (const page of list.items.top(2)) pages.push(titles(page));
    await list.breakRoleInheritance(false);
    const { HasUniqueRoleAssignments } = await list.select('HasUniqueRoleAssignments')();
    return { red: red.map(({ Id: id, Title }) => [id, Title]), pages, unique: HasUniqueRoleAssignments };
  },
  async file() {
    await sp.web.folders.addUsingPath('Shared Documents/Letters');
    const folder = sp.web.getFolderByServerRelativePath('Shared Documents/Letters');
    await folder.files.addUsingPath('letter.txt', 'Dear parents');
    const file = sp.web.getFileByServerRelativePath('/sites/trip/Shared Documents/Letters/letter.txt');
    return { files: (await folder.files()).map((each) => each.Name), text: await file.getText() };
  },
  async page() {
    const page = await sp.web.addClientsidePage('welcome', 'Welcome');
    await page.save();
    return titles(await sp.web.lists.getByTitle('Site Pages').items.select('Title')());
  },
  async site() {
    const url = `${SHAREPOINT}/sites/pnp`;
    const made = await sp.site.createCommunicationSite('PnP', 1033, false, url, '', '', '', undefined, 'j.okoro@school.example');
    return { status: made.SiteStatus, exists: await sp.site.exists(url) };
  },
  // What fails in a batch fails alone, in both services.
  async batch() {
    const found = {};
    const [many, execute] = sp.batched();
    many.web().then((web) => (found.title = web.Title));
    many.web.siteUsers().then((users) => (found.users = users.length));
    many.web.ensureUser('m.bell@school.example').then((user) => (found.ensured = user.Email));
    statusOf(many.web.lists.getByTitle('Nothing')()).then((status) => (found.missingList = status));
    await execute();
    const [several, executeGraph] = graph.batched();
    several.users.select('userPrincipalName')().then((users) => (found.accounts = users.length));
    several.groups().then((groups) => (found.groups = groups.length));
    statusOf(several.users.getById('nobody@school.example')()).then((status) => (found.missingUser = status));
    await executeGraph();
    return found;
  },
  async pages() {
    const sizes = [];
    for await (const page of graph.users.top(2)) sizes.push(page.length);
    return sizes;
  },
  // What other clients look for: a guest, a group of the directory with the guest, a site group with the guest, a list.
  async write(name) {
    const { data } = await graph.invitations.create(addressOf(name), TRIP, { invitedUserDisplayName: name });
    const group = await graph.groups.add(name, name, 4);
    const reference = `https://graph.microsoft.com/v1.0/directoryObjects/${data.invitedUser.id}`;
    await graph.groups.getById(group.id).members.add(reference);
    const made = await sp.web.siteGroups.add({ Title: name });
    const user = await sp.web.ensureUser(addressOf(name));
    await sp.web.siteGroups.getById(made.Id).users.add(user.LoginName);
    const read = await sp.web.roleDefinitions.getByName('Read')();
    await sp.web.roleAssignments.add(made.Id, read.Id);
    await sp.web.lists.add(name, '', 100);
  },
  async read(name) {
    const [guest] = await graph.users.filter(`mail eq '${addressOf(name)}'`).select('id', 'mail', 'userType')();
    const [group] = await graph.groups.filter(`mailNickname eq '${name}'`)();
    const members = group ? await graph.groups.getById(group.id).members() : [];
    const siteGroup = sp.web.siteGroups.getByName(name);
    return {
      guest: guest?.userType ?? null,
      group: members.map((member) => member.mail),
      site_group: await siteGroup.users().then((users) => users.map((user) => user.Email), () => []),
      list: titles(await sp.web.lists.select('Title').filter(`Title eq '${name}'`)()),
    };
  },
  async elsewhere() {
    const asked = [() => fetch('https://pnp.example/'), () => fetch('https://evil-graph.microsoft.com.example/')];
    return Promise.all(asked.map((ask) => ask().then(() => 'reached', (error) => error.code)));
  },
};

const [verb, name] = process.argv.slice(2);
console.log(JSON.stringify((await verbs[verb](name)) ?? null));
