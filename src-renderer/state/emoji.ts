/** The characters people write most, with the names they are found by: English, then French. Fetched when the first one is looked for. */
const TABLE = `😀 grinning smile happy sourire content
😄 smile happy joy sourire joie
😁 grin beaming sourire
😆 laughing lol rire
😅 sweat_smile nervous sueur gêne
😂 joy laugh tears rire larmes
🤣 rofl laugh rire
🙂 slight_smile sourire
🙃 upside_down envers
😉 wink clin_oeil
😊 blush smile sourire rougir
😇 innocent angel ange
🥰 smiling_hearts love amour
😍 heart_eyes love amour
🤩 star_struck étoiles
😘 kiss bisou
😋 yum delicious délicieux
😜 wink_tongue langue
🤪 zany fou
🤗 hugging hug câlin
🤭 giggle oups rire
🤫 shushing quiet chut
🤔 thinking think pense réfléchir
🤐 zipper silence
🤨 raised_eyebrow sourcil
😐 neutral neutre
😑 expressionless neutre
😶 no_mouth muet
😏 smirk narquois
🙄 eye_roll yeux
😬 grimace grimacing
😌 relieved soulagé
😔 pensive sad triste
😪 sleepy fatigué
😴 sleeping sleep dormir
😷 mask masque malade
🤒 sick thermometer malade
🤕 hurt bandage blessé
🤧 sneeze éternuer rhume
🥵 hot chaud
🥶 cold froid
😵 dizzy vertige
🤯 exploding_head mind_blown explose
🥳 party fête
😎 cool sunglasses lunettes
🤓 nerd lunettes
🧐 monocle curieux
😕 confused confus
😟 worried inquiet
🙁 frown sad triste
😮 open_mouth surprised surpris
😲 astonished étonné
😳 flushed rougir gêne
🥺 pleading supplie
😢 cry sad pleurer triste
😭 sob crying pleurer
😱 scream peur cri
😖 confounded agacé
😞 disappointed déçu
😓 sweat sueur
😩 weary las
😫 tired fatigué
🥱 yawn bâiller
😤 huff colère
😡 angry rage colère
🤬 swearing juron
😈 devil imp diable
💀 skull dead mort crâne
💩 poop crotte
🤡 clown
👻 ghost fantôme
👽 alien extraterrestre
🤖 robot bot
🎃 pumpkin citrouille halloween
😺 cat_smile chat
🙈 see_no_evil monkey singe
👍 thumbs_up +1 like pouce bravo
👎 thumbs_down -1 pouce
👌 ok parfait
✌️ victory peace paix
🤞 fingers_crossed croise
🤟 love_you
🤘 metal rock
👈 point_left gauche
👉 point_right droite
👆 point_up haut
👇 point_down bas
👋 wave hello bye salut
🤚 raised_hand main
✋ hand stop main
👏 clap bravo applaudir
🙌 raised_hands hourra
🫶 heart_hands coeur mains
🤝 handshake accord
🙏 pray thanks please merci prière
✍️ writing écrire
💪 muscle strong fort
👀 eyes look yeux regarde
🧠 brain cerveau
🫂 hug people câlin
🤷 shrug bof
🤦 facepalm
💃 dance danse
🚶 walk marche
🏃 run course
🧑‍💻 technologist coder ordinateur
❤️ heart love red coeur rouge amour
🧡 orange_heart coeur
💛 yellow_heart coeur
💚 green_heart coeur
💙 blue_heart coeur
💜 purple_heart coeur
🖤 black_heart coeur
🤍 white_heart coeur
💔 broken_heart coeur brisé
💕 two_hearts coeurs
💯 100 hundred cent
💥 boom collision
💫 dizzy_star étoile
💬 speech bulle parole
💤 zzz dormir
🔥 fire feu flamme
✨ sparkles étincelles
⭐ star étoile
🌟 glowing_star étoile
⚡ zap lightning éclair
☀️ sun soleil
🌤️ sun_cloud éclaircie
☁️ cloud nuage
🌧️ rain pluie
⛈️ storm orage
❄️ snow snowflake neige flocon
🌈 rainbow arc_en_ciel
🌊 wave sea ocean vague mer
🌙 moon lune
🌍 earth world terre monde
🌱 seedling plant pousse
🌿 herb plante
🍀 clover luck trèfle chance
🌳 tree arbre
🌲 evergreen sapin
🍁 maple leaf feuille érable
🍂 leaves autumn feuilles automne
🍄 mushroom champignon
🌸 blossom cherry fleur cerisier
🌹 rose fleur
🌻 sunflower tournesol
🌷 tulip tulipe
🐶 dog chien
🐱 cat chat
🐭 mouse souris
🐰 rabbit lapin
🦊 fox renard
🐻 bear ours
🐼 panda
🐨 koala
🐸 frog grenouille
🐵 monkey singe
🐔 chicken poule
🐧 penguin pingouin manchot
🐦 bird oiseau
🦆 duck canard
🦉 owl hibou
🐝 bee abeille
🦋 butterfly papillon
🐌 snail escargot
🐢 turtle tortue
🐍 snake serpent
🐙 octopus pieuvre
🐟 fish poisson
🐳 whale baleine
🦔 hedgehog hérisson
🦣 mammoth mammouth mastodon
🍎 apple pomme
🍋 lemon citron
🍌 banana banane
🍓 strawberry fraise
🍒 cherries cerises
🍅 tomato tomate
🥕 carrot carotte
🧄 garlic ail
🍞 bread pain
🥐 croissant
🧀 cheese fromage
🍕 pizza
🍜 noodles soupe nouilles
🍰 cake gâteau
🎂 birthday cake anniversaire gâteau
🍫 chocolate chocolat
🍪 cookie biscuit
☕ coffee café
🍵 tea thé
🍺 beer bière
🍷 wine vin
🥂 cheers santé toast
🎉 tada party fête
🎊 confetti fête
🎁 gift cadeau
🎈 balloon ballon
🎵 music note musique
🎶 notes music musique
🎸 guitar guitare
🎹 piano
🎨 art palette peinture
🎬 film movie cinéma
📷 camera photo appareil
🎮 game jeu
🎲 dice dé jeu
⚽ football soccer ballon
🚲 bike bicycle vélo
🚗 car voiture
🚆 train
✈️ plane avion
🚀 rocket fusée boost
⛵ boat sail bateau voile
🏠 house home maison
🏡 garden house maison jardin
⛺ tent tente
⛰️ mountain montagne
🏖️ beach plage
💻 laptop computer ordinateur
📱 phone téléphone
💡 idea bulb idée ampoule
🔧 wrench fix outil clé
🔨 hammer marteau
🧵 thread fil
🧶 yarn laine
🪡 needle sewing aiguille couture
📚 books livres
📖 book livre lire
📝 memo note écrire
✏️ pencil crayon
📌 pin épingle
📎 paperclip trombone
🔗 link lien
🔒 lock cadenas
🔑 key clé
📣 megaphone annonce
🔔 bell cloche
⏰ alarm clock réveil
⏳ hourglass sablier
📅 calendar calendrier
📦 package colis
✉️ envelope mail lettre
📰 news journal
🗳️ ballot vote
🚩 flag drapeau
🏳️‍🌈 rainbow_flag pride fierté drapeau
🏳️‍⚧️ trans_flag drapeau
⚠️ warning attention
🚫 prohibited interdit
✅ check done fait coche
❌ cross no non croix
❓ question
❗ exclamation important
➕ plus
➡️ arrow_right droite flèche
⬅️ arrow_left gauche flèche
⬆️ arrow_up haut flèche
⬇️ arrow_down bas flèche
🔁 repeat répéter
♻️ recycle recycler
♿ wheelchair accessible fauteuil
🆕 new nouveau
🆗 ok`

export interface Emoji {
  character: string
  /** Its first name, without underscores. */
  name: string
  words: string
}

const folded = (text: string) => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')

export const EMOJI: readonly Emoji[] = TABLE.split('\n').map((line) => {
  const [character = '', ...names] = line.split(' ')
  return { character, name: (names[0] ?? '').replaceAll('_', ' '), words: ` ${folded(names.join(' '))}` }
})

/** Those one of whose names begins like that, whole names first. */
export function emojiLike(typed: string, most: number): Emoji[] {
  const wanted = folded(typed)
  const found = EMOJI.filter(({ words }) => words.includes(` ${wanted}`) || words.includes(`_${wanted}`))
  const exact = ({ words }: Emoji) => `${words} `.includes(` ${wanted} `)
  return found.toSorted((a, b) => Number(exact(b)) - Number(exact(a))).slice(0, most)
}
